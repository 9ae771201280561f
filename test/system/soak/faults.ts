import { setTimeout as pause } from "node:timers/promises";
import type { Installation, Node } from "./installation";
import type { Subscriber } from "./subscribers";

/** How often something was broken. */
export interface Faults {
  cuts: number;
  kills: number;
  postgresRestarts: number;
  redisRestarts: number;
}

/**
 * Cuts subscribers off at random, and breaks one part of the installation after the other: for so many milliseconds, and
 * until everything was broken at least once; less when the soak has failed.
 */
export async function breakThings(
  installation: Installation,
  subscribers: readonly Subscriber[],
  duration: number,
  failed: AbortSignal,
): Promise<Faults> {
  const faults: Faults = { cuts: 0, kills: 0, postgresRestarts: 0, redisRestarts: 0 };
  const over = new AbortController();
  const breaking = breakInTurn(installation, faults, Date.now() + duration, failed).finally(() => over.abort());
  await Promise.all([breaking, cutOff(subscribers, faults, over.signal)]);
  return faults;
}

async function cutOff(subscribers: readonly Subscriber[], faults: Faults, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    if (subscribers[Math.floor(Math.random() * subscribers.length)]?.cut()) faults.cuts += 1;
    await pause(Math.random() * 100, undefined, { signal: over }).catch(() => undefined);
  }
}

async function breakInTurn(
  installation: Installation,
  faults: Faults,
  end: number,
  failed: AbortSignal,
): Promise<void> {
  const { servers, workers, redis } = installation;
  const kill = (nodes: readonly Node[]) => async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    faults.kills += nodes.length;
    await Promise.all(nodes.map((node) => node.start()));
  };
  const restartPostgres = async () => {
    faults.postgresRestarts += 1;
    await installation.restartPostgres();
  };
  const steps = [kill([servers[0], workers[0]]), restartPostgres, kill([servers[1], workers[1]])];
  if (redis !== null) {
    steps.push(async () => {
      await redis.kill();
      faults.redisRestarts += 1;
      await redis.start();
    });
  }
  for (let turn = 0; !failed.aborted && (turn < steps.length || Date.now() < end); turn += 1) {
    await pause(500 + Math.random() * 1_000);
    await steps[turn % steps.length]?.();
  }
}
