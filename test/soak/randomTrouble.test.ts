import { rm } from "node:fs/promises";
import { join } from "node:path";
import { hasRedis } from "../support/network/redis";
import { startTcpProxy } from "../support/network/tcpProxy";
import { temporaryFolder } from "../support/processes/temporaryFolder";
import { unlimited } from "../support/api/testApi";
import { openDashboards, openStreams, type Dashboards } from "./support/dashboards";
import { writeDirectory, type Directory } from "./support/directory";
import { downloadForms, type Downloads } from "./support/downloads";
import { checkHistory } from "./support/history";
import { startInstallation, type HostOf, type Installation } from "./support/installation";
import { isLong } from "./support/isLong";
import { readLedger, settle } from "./support/ledger";
import { Probe } from "./support/probe";
import { makeTrouble, type HostLines } from "./support/randomTrouble";
import type { Watcher } from "./support/subscribers";
import { write } from "./support/writers";

/**
 * Two hosts with a server and a worker each, the second one's clock five minutes fast, behind lines of their own.
 * Random trouble from a seed, which SOAK_SEED repeats, while writers write, dashboards watch and forms are
 * downloaded. After each trouble a probe measures how long requests, the feed, the worker and email need.
 * SOAK_MINUTES is the length of the long form.
 */
const milliseconds = isLong ? Number(process.env["SOAK_MINUTES"] ?? 10) * 60_000 : 30_000;
const seed = Number(process.env["SOAK_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const longestRecovery = 10_000;
/**
 * Milliseconds between two requests of a writer: without a rest the queue of jobs grows, and recovery measures its
 * length.
 */
const restTime = 1_000;

let folder: string;
let directory: Directory;
let installation: Installation;
let dashboards: Dashboards;
let streams: Dashboards<Watcher>;
let probe: Probe;
const downloads: Downloads = { counts: { whole: 0, gone: 0, unavailable: 0, cut: 0 }, faults: [] };
const lines: HostLines[] = [];

const hostOf: HostOf = async (environment, host) => {
  const lineTo = async (variable: string) => await startTcpProxy(environment[variable] ?? "");
  const [postgres, redis, smtp] = [await lineTo("DATABASE_URL"), await lineTo("REDIS_URL"), await lineTo("SMTP_URL")];
  lines.push({ postgres, redis, smtp });
  const fast = { NODE_OPTIONS: `--require ${join(__dirname, "support", "fiveMinutesFast.js")}` };
  return {
    ...environment,
    ...(host === 1 && fast),
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    SMTP_URL: smtp.url,
  };
};

beforeAll(async () => {
  folder = await temporaryFolder();
  directory = await writeDirectory(folder, 5, 100);
});
afterAll(async () => {
  await dashboards?.stop();
  await streams?.stop();
  await probe?.stop();
  await installation?.stop();
  for (const { postgres, redis, smtp } of lines) await Promise.all([postgres.stop(), redis.stop(), smtp.stop()]);
  await rm(folder, { recursive: true, force: true });
});

async function writeInTrouble() {
  const over = new AbortController();
  const failed = new AbortController();
  const breaking = makeTrouble(installation, lines, probe, { milliseconds, seed }, failed.signal).finally(() =>
    over.abort(),
  );
  const writers = directory.customers.slice(1); // the first is the probe's
  const writing = writers.map((customer) => write(installation, directory, customer, over.signal, restTime));
  const downloading = writers.map(({ admin }) => downloadForms(installation, admin, downloads, over.signal));
  try {
    const answers = await Promise.all(writing);
    await Promise.all(downloading);
    return { answers: [...answers, probe.answers], trouble: await breaking };
  } finally {
    failed.abort();
    over.abort();
    await Promise.allSettled([breaking, ...writing, ...downloading]);
  }
}

(hasRedis() ? test : test.skip)(
  "in random trouble no event is lost or doubled, no process ends, and every failure is retryable",
  async () => {
    process.stdout.write(`random trouble: SOAK_SEED=${seed}\n`);
    installation = await startInstallation(folder, true, unlimited, hostOf);
    dashboards = await openDashboards(installation, directory.people, isLong ? 60 : 30);
    streams = await openStreams(installation, directory.people, isLong ? 30 : 15);
    const [first] = directory.customers;
    if (first === undefined) throw new Error("The directory is empty");
    probe = await Probe.open(installation, directory, first);
    const { answers, trouble } = await writeInTrouble();
    await settle(installation);
    const ledger = await readLedger(installation);
    const delivered = { bySocket: await dashboards.verify(), byStream: await streams.verify() };
    const [requests, events] = [ledger.requestIds.length, ledger.events.length];
    const figures = { ...trouble, requests, events, delivered, downloads: downloads.counts };
    process.stdout.write(`random trouble: ${JSON.stringify(figures)}\n`);
    expect(checkHistory(answers, ledger)).toEqual({
      lost: [],
      doubled: [],
      illegal: [],
      mailsMissing: [],
      mailsRenamed: [],
    });
    const minuteAhead = Date.now() + 60_000;
    expect(ledger.events.filter(({ occurredAt }) => occurredAt.getTime() > minuteAhead)).toEqual([]);
    expect(trouble.exits).toEqual([]);
    expect(downloads.faults).toEqual([]);
    const recoveries = Object.values(trouble.recovery).flatMap((recovery) => Object.values<number>({ ...recovery }));
    if (isLong) expect(Math.max(...recoveries)).toBeLessThan(longestRecovery);
  },
  milliseconds + 300_000,
);
