import { rm } from "node:fs/promises";
import { globalId } from "../../src/resolvers/globalId";
import { hasRedis } from "../support/network/redis";
import { temporaryFolder } from "../support/processes/temporaryFolder";
import { openDashboards, type Dashboards } from "./support/dashboards";
import { isLong } from "./support/isLong";
import { operator, writeDirectory, type Directory } from "./support/directory";
import { breakThings, fewestKills, killsOf, type Faults } from "./support/faults";
import { checkHistory } from "./support/history";
import { startInstallation, type Installation } from "./support/installation";
import { readLedger, settle, type Ledger } from "./support/ledger";
import { misbehave } from "./support/mailServer";
import { write, type Answers } from "./support/writers";

/**
 * Two servers and two workers on one database, eight writers, many dashboards, while all of it is killed with -9, cut
 * off and restarted, PostgreSQL too; then what everybody was told is compared with the tables. The small form, of 20
 * kills, is one of the tests; `npm run soak` is the long one: SOAK_MINUTES, and at least 200 kills.
 */
const minutes = isLong ? Number(process.env["SOAK_MINUTES"] ?? 10) : 0;
const killsBy = { PostgreSQL: isLong ? 200 : 20, Redis: isLong ? 200 : 10 };
const subscriberCount = isLong ? 200 : 60;
const accountsEach = 100;
const writerCount = 8;

let folder: string;
let directory: Directory;
let installation: Installation;
let dashboards: Dashboards;

beforeAll(async () => {
  folder = await temporaryFolder();
  directory = await writeDirectory(folder, writerCount, accountsEach);
});
afterEach(async () => {
  await dashboards.stop();
  await installation.stop();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writers and faults, for as long as the soak takes. */
async function soak(kills: number) {
  const over = new AbortController();
  const failed = new AbortController();
  const breaking = breakThings(
    installation,
    dashboards.all,
    { milliseconds: minutes * 60_000, kills },
    failed.signal,
  ).finally(() => over.abort());
  const writing = directory.customers.map((customer) => write(installation, directory, customer, over.signal));
  try {
    const answers = await Promise.all(writing);
    return { faults: await breaking, answers };
  } catch (error) {
    const { servers, workers } = installation;
    const complaints = [...servers, ...workers].flatMap((node) => node.complaints());
    throw new Error(`${String(error)}\n${complaints.join("\n")}`, { cause: error });
  } finally {
    failed.abort();
    over.abort();
    await Promise.allSettled([breaking, ...writing]);
  }
}

/** An operator is told of everything: each of its dashboards has the very log, in its order. */
function verifyOperators({ events }: Ledger): void {
  const log = events.map(({ id }) => globalId("CocpEvent", id));
  for (const { events: seen } of dashboards.of(operator)) expect(seen.map(({ id }) => id)).toEqual(log);
}

interface Outcome {
  readonly faults: Faults;
  readonly answers: readonly Answers[];
  readonly ledger: Ledger;
  readonly delivered: number;
  readonly settledIn: number;
}

function figuresOf({ faults, answers, ledger: { events, notices, arrived }, delivered, settledIn }: Outcome) {
  const mails = new Set(notices.map(({ messageId }) => messageId)).size;
  return {
    kills: killsOf(faults),
    ...faults,
    acknowledged: answers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0),
    refused: answers.reduce((sum, { refused }) => sum + refused.length, 0),
    events: events.length,
    delivered,
    mails,
    mailsTwice: arrived.length - mails,
    settledIn,
  };
}

const forms = [
  ["PostgreSQL", false],
  ["Redis", true],
] as const;

for (const [carrier, withRedis] of forms) {
  const isMissing = withRedis && !hasRedis();
  (isMissing ? test.skip : test)(
    `F4: with wake-ups by ${carrier}, nothing is lost and nothing comes twice, whatever breaks`,
    async () => {
      installation = await startInstallation(folder, withRedis);
      misbehave(installation.mails);
      dashboards = await openDashboards(installation, directory.people, subscriberCount);
      const { faults, answers } = await soak(killsBy[carrier]);
      const broken = performance.now();
      await settle(installation);
      const ledger = await readLedger(installation);
      const findings = checkHistory(answers, ledger);
      const delivered = await dashboards.verify();
      verifyOperators(ledger);
      const settledIn = Math.round(performance.now() - broken);
      process.stdout.write(
        `${carrier}: ${JSON.stringify(figuresOf({ faults, answers, ledger, delivered, settledIn }))}\n`,
      );
      expect(findings).toEqual({ lost: [], doubled: [], illegal: [], mailsMissing: [], mailsRenamed: [] });
      expect(killsOf(faults)).toBeGreaterThanOrEqual(killsBy[carrier]);
      expect(fewestKills(faults)).toBeGreaterThanOrEqual(killsBy[carrier] / 4);
    },
    isLong ? 2 * minutes * 60_000 + 1_800_000 : 300_000, // as long as that many kills take on a busy machine
  );
}
