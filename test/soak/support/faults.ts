import { setTimeout as pause } from "node:timers/promises";
import { withClient } from "../../support/api/testServer";
import type { Installation, Node } from "./installation";
import type { Subscriber } from "./subscribers";

/** How often something was broken. */
export interface Faults {
  /** Subscribers' connections. */
  cuts: number;
  /** With -9: processes of either kind, and PostgreSQL with all its children. */
  serverKills: number;
  workerKills: number;
  postgresKills: number;
  postgresRestarts: number;
  /** All connections of everybody to the database, at once. */
  databaseCuts: number;
  redisRestarts: number;
}

export function killsOf({ serverKills, workerKills, postgresKills }: Faults): number {
  return serverKills + workerKills + postgresKills;
}

/** How often that of the three was killed which was killed the least. */
export function fewestKills({ serverKills, workerKills, postgresKills }: Faults): number {
  return Math.min(serverKills, workerKills, postgresKills);
}

/**
 * Cuts subscribers off at random, and breaks one part of the installation after the other: for so many milliseconds,
 * and until there were so many kills, a quarter of them and more of each kind; less when the soak has failed.
 */
export async function breakThings(
  installation: Installation,
  subscribers: readonly Subscriber[],
  atLeast: { readonly milliseconds: number; readonly kills: number },
  failed: AbortSignal,
): Promise<Faults> {
  const faults: Faults = {
    cuts: 0,
    serverKills: 0,
    workerKills: 0,
    postgresKills: 0,
    postgresRestarts: 0,
    databaseCuts: 0,
    redisRestarts: 0,
  };
  const end = Date.now() + atLeast.milliseconds;
  const over = new AbortController();
  const goesOn = () =>
    !failed.aborted && (killsOf(faults) < atLeast.kills || fewestKills(faults) < atLeast.kills / 4 || Date.now() < end);
  const breaking = breakInTurn(stepsOf(installation, faults), goesOn).finally(() => over.abort());
  await Promise.all([breaking, cutOff(subscribers, faults, over.signal)]);
  return faults;
}

async function cutOff(subscribers: readonly Subscriber[], faults: Faults, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    if (subscribers[Math.floor(Math.random() * subscribers.length)]?.cut()) faults.cuts += 1;
    await pause(Math.random() * 100, undefined, { signal: over }).catch(() => undefined);
  }
}

async function breakInTurn(steps: readonly (() => Promise<void>)[], goesOn: () => boolean): Promise<void> {
  for (let turn = 0; goesOn(); turn += 1) {
    await pause(500 + Math.random() * 1_000);
    await steps[turn % steps.length]?.();
  }
}

function stepsOf(installation: Installation, faults: Faults): (() => Promise<void>)[] {
  const { servers, workers, redis } = installation;
  const kill = (server: Node, worker: Node) => async () => {
    await Promise.all([server.kill(), worker.kill()]);
    faults.serverKills += 1;
    faults.workerKills += 1;
    await Promise.all([server.start(), worker.start()]);
  };
  const killPostgres = async () => {
    await installation.killPostgres();
    faults.postgresKills += 1;
    await installation.startPostgres();
  };
  const restartPostgres = async () => {
    await installation.stopPostgres();
    faults.postgresRestarts += 1;
    await installation.startPostgres();
  };
  const cutDatabase = async () => {
    await withClient(installation.databaseUrl, (client) => client.query(endOthers));
    faults.databaseCuts += 1;
  };
  const restartRedis = async () => {
    await redis?.kill();
    faults.redisRestarts += 1;
    await redis?.start();
  };
  const [first, second] = [kill(servers[0], workers[0]), kill(servers[1], workers[1])];
  const steps = [first, killPostgres, second, killPostgres, cutDatabase, first, killPostgres, second, restartPostgres];
  return redis === null ? steps : [...steps, restartRedis];
}

const endOthers = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`;
