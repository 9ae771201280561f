import { rm } from "node:fs/promises";
import { join } from "node:path";
import { hasRedis } from "../support/network/redis";
import { startTcpProxy } from "../support/network/tcpProxy";
import { temporaryFolder } from "../support/processes/temporaryFolder";
import { unlimited } from "../support/api/testApi";
import { openDashboards, type Dashboards } from "./support/dashboards";
import { writeDirectory, type Directory } from "./support/directory";
import { checkHistory } from "./support/history";
import { startInstallation, type HostOf, type Installation } from "./support/installation";
import { isLong } from "./support/isLong";
import { readLedger, settle } from "./support/ledger";
import { makeTrouble, type HostLines } from "./support/randomTrouble";
import { write } from "./support/writers";

/**
 * Two hosts with a server and a worker each, the second one's clock five minutes fast, behind lines of their own. Random trouble from a
 * seed, which SOAK_SEED repeats, while writers write and dashboards watch. SOAK_MINUTES is the length of the long form.
 */
const milliseconds = isLong ? Number(process.env["SOAK_MINUTES"] ?? 10) * 60_000 : 30_000;
const seed = Number(process.env["SOAK_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const longestRecovery = 10_000;

let folder: string;
let directory: Directory;
let installation: Installation;
let dashboards: Dashboards;
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
  directory = await writeDirectory(folder, 4, 100);
});
afterAll(async () => {
  await dashboards?.stop();
  await installation?.stop();
  for (const { postgres, redis, smtp } of lines) await Promise.all([postgres.stop(), redis.stop(), smtp.stop()]);
  await rm(folder, { recursive: true, force: true });
});

async function writeInTrouble() {
  const over = new AbortController();
  const failed = new AbortController();
  const breaking = makeTrouble(installation, lines, { milliseconds, seed }, failed.signal).finally(() => over.abort());
  const writing = directory.customers.map((customer) => write(installation, directory, customer, over.signal));
  try {
    const answers = await Promise.all(writing);
    return { answers, trouble: await breaking };
  } finally {
    failed.abort();
    over.abort();
    await Promise.allSettled([breaking, ...writing]);
  }
}

(hasRedis() ? test : test.skip)(
  "in random trouble no event is lost or doubled, no process ends, and every failure is retryable",
  async () => {
    process.stdout.write(`random trouble: SOAK_SEED=${seed}\n`);
    installation = await startInstallation(folder, true, unlimited, hostOf);
    dashboards = await openDashboards(installation, directory.people, isLong ? 60 : 30);
    const { answers, trouble } = await writeInTrouble();
    await settle(installation);
    const ledger = await readLedger(installation);
    const delivered = await dashboards.verify();
    const figures = { ...trouble, requests: ledger.requestIds.length, events: ledger.events.length, delivered };
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
    if (isLong) expect(Math.max(...Object.values(trouble.recovery))).toBeLessThan(longestRecovery);
  },
  milliseconds + 300_000,
);
