import { setTimeout as pause } from "node:timers/promises";
import { createRandom, type Random } from "../../support/differential/random";
import { withClient } from "../../support/api/testServer";
import type { TcpProxy } from "../../support/network/tcpProxy";
import type { Installation, Node } from "./installation";
import type { Probe, Recovery } from "./probe";

/** The lines of one host to what it needs. */
export interface HostLines {
  readonly postgres: TcpProxy;
  readonly redis: TcpProxy;
  readonly smtp: TcpProxy;
}

/** What was broken, and how it recovered. */
export interface Trouble {
  readonly counts: Record<string, number>;
  /** The longest recoveries, by kind of trouble. */
  readonly recovery: Record<string, Recovery>;
  /** Processes that had ended although nobody ended them. */
  readonly exits: string[];
}

/** Breaks and repairs one part after the other, in random order, for so many milliseconds. */
export async function makeTrouble(
  installation: Installation,
  lines: readonly HostLines[],
  probe: Probe,
  { milliseconds, seed }: { readonly milliseconds: number; readonly seed: number },
  failed: AbortSignal,
): Promise<Trouble> {
  const random = createRandom(seed);
  const trouble: Trouble = { counts: {}, recovery: {}, exits: [] };
  const kinds = Object.entries(kindsOf(installation, lines, random, trouble));
  const end = performance.now() + milliseconds;
  for (let turn = 0; performance.now() < end && !failed.aborted; turn += 1) {
    await pause(300 + random.next() * 1_000);
    // Each kind once before any comes again.
    if (turn % kinds.length === 0) kinds.sort(() => random.next() - 0.5);
    const [kind, breakAndRepair] = kinds[turn % kinds.length] ?? [];
    if (kind === undefined || breakAndRepair === undefined) throw new Error("There is no trouble");
    await breakAndRepair();
    trouble.counts[kind] = (trouble.counts[kind] ?? 0) + 1;
    const measured = await probe.measure().catch((error: unknown) => {
      throw new Error(`After ${kind}: ${String(error)}`, { cause: error });
    });
    trouble.recovery[kind] = slower(measured, trouble.recovery[kind]);
  }
  for (const node of [...installation.servers, ...installation.workers]) noteExit(node, trouble);
  return trouble;
}

/** The longer time of each part. */
function slower(one: Recovery, other: Recovery = one): Recovery {
  return {
    requests: Math.max(one.requests, other.requests),
    feed: Math.max(one.feed, other.feed),
    worker: Math.max(one.worker, other.worker),
    email: Math.max(one.email, other.email),
  };
}

function kindsOf(
  installation: Installation,
  lines: readonly HostLines[],
  random: Random,
  trouble: Trouble,
): Record<string, () => Promise<void>> {
  const { oneOf } = random;
  const awhile = () => pause(500 + random.next() * 3_000);
  const restart = async (node: Node) => {
    noteExit(node, trouble);
    await node.kill();
    await node.start();
  };
  const silence = async (line: TcpProxy) => {
    line.swallow();
    line.freeze();
    await awhile();
    line.thaw();
  };
  return {
    sessionsEnded: () => withClient(installation.databaseUrl, async (client) => void (await client.query(endOthers))),
    linesCut: async () => oneOf(lines).postgres.cut(),
    linesHalfOpen: () => silence(oneOf(lines).postgres),
    redisHalfOpen: () => silence(oneOf(lines).redis),
    smtpHalfOpen: () => silence(oneOf(lines).smtp),
    smtpCut: async () => oneOf(lines).smtp.cut(),
    redisAway: async () => {
      await installation.redis?.kill();
      await awhile();
      await installation.redis?.start();
    },
    postgresRestarted: async () => {
      await installation.stopPostgres();
      await installation.startPostgres();
    },
    serverKilled: () => restart(oneOf(installation.servers)),
    workerKilled: () => restart(oneOf(installation.workers)),
  };
}

function noteExit({ pid }: Node, { exits }: Trouble): void {
  try {
    process.kill(pid ?? 0, 0);
  } catch {
    exits.push(String(pid));
  }
}

const endOthers = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`;
