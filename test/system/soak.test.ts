import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { globalId } from "../../src/resolvers/globalId";
import { hasRedis } from "../support/redis";
import { waitFor } from "../support/waitFor";
import { writeDirectory, type Directory } from "./soak/directory";
import { breakThings } from "./soak/faults";
import { startInstallation, type Installation } from "./soak/installation";
import { arrivedMessageIds, committedEvents, settle, writtenNotifications } from "./soak/ledger";
import { feedCursorOf, readFeed, watch, type SeenEvent, type Subscriber } from "./soak/subscribers";
import { write, type Acknowledged } from "./soak/writers";

/**
 * Two servers and two workers on one database, eight writers, many dashboards, while processes are killed and services
 * restarted. The small form is one of the tests; `npm run soak` is the long one, of SOAK_MINUTES.
 */
const isLong = process.env["npm_lifecycle_event"] === "soak";
const minutes = isLong ? Number(process.env["SOAK_MINUTES"] ?? 10) : 0.15;
const subscriberCount = isLong ? 200 : 60;
const accountsEach = Math.ceil(200 + 450 * minutes);
const writerCount = 8;

interface Watched {
  readonly start: string;
  readonly subscribers: Subscriber[];
}

let folder: string;
let directory: Directory;
let installation: Installation;
const watched = new Map<string, Watched>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "changeover-soak-directory-"));
  directory = await writeDirectory(folder, writerCount, accountsEach);
});
afterEach(async () => {
  await Promise.all(everybody().map((subscriber) => subscriber.stop()));
  watched.clear();
  await installation.stop();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const everybody = () => [...watched.values()].flatMap(({ subscribers }) => subscribers);

async function watchAll(): Promise<void> {
  for (const email of directory.people) {
    watched.set(email, { start: await feedCursorOf(installation, email), subscribers: [] });
  }
  for (let index = 0; index < subscriberCount; index += 1) {
    const email = directory.people[index % directory.people.length] ?? "";
    const of = watched.get(email);
    // Half of a person's dashboards are at one node, half at the other.
    const node = Math.floor(index / directory.people.length);
    of?.subscribers.push(watch(installation, email, node, of.start));
  }
}

/** Writers and faults, for as long as the soak takes. */
async function soak() {
  const over = new AbortController();
  const failed = new AbortController();
  const breaking = breakThings(installation, everybody(), minutes * 60_000, failed.signal).finally(() => over.abort());
  const writing = directory.customers.map((customer) => write(installation, directory, customer, over.signal));
  try {
    const acknowledged = await Promise.all(writing);
    return { faults: await breaking, acknowledged: acknowledged.flat() };
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

/** Each dashboard has exactly what the log holds for its person, in the log's order. */
async function verifyFeeds(): Promise<number> {
  let delivered = 0;
  for (const [email, { start, subscribers }] of watched) {
    const log: SeenEvent[] = await readFeed(installation, email, start);
    for (const { events, ended } of subscribers) {
      await waitFor(`${log.length} events`, async () => events.length >= log.length, 30_000).catch(() => undefined);
      expect(ended).toEqual([]);
      expect(events).toEqual(log);
      delivered += events.length;
    }
  }
  return delivered;
}

/** What was acknowledged is in the log, and nothing happened to a record twice. */
async function verifyMutations(acknowledged: readonly Acknowledged[]): Promise<number> {
  const committed = (await committedEvents(installation)).map(
    ({ recordId, type }) => `${globalId("CocpRecord", recordId)} ${type}`,
  );
  const log = new Set(committed);
  expect(log.size).toBe(committed.length);
  expect(acknowledged.filter(({ recordId, type }) => !log.has(`${recordId} ${type}`))).toEqual([]);
  return committed.length;
}

/** Every notification arrived, none under two Message-IDs. */
async function verifyMails(): Promise<number> {
  const written = await writtenNotifications(installation);
  expect(written.filter(({ state }) => state !== "SENT")).toEqual([]);
  expect(new Set(written.map(({ subject }) => subject)).size).toBe(written.length);
  const arrived = new Set(arrivedMessageIds(installation));
  expect([...arrived].toSorted()).toEqual(written.map(({ messageId }) => messageId).toSorted());
  return written.length;
}

const forms = [
  ["PostgreSQL", false],
  ["Redis", true],
] as const;

for (const [carrier, withRedis] of forms) {
  const isMissing = withRedis && !hasRedis();
  if (isMissing) console.warn("redis-server is not installed: the soak with REDIS_URL is skipped");
  (isMissing ? test.skip : test)(
    `with wake-ups by ${carrier}, nothing is lost and nothing comes twice, whatever breaks`,
    async () => {
      installation = await startInstallation(folder, withRedis);
      await watchAll();
      const { faults, acknowledged } = await soak();
      const broken = performance.now();
      await settle(installation);
      const events = await verifyMutations(acknowledged);
      const delivered = await verifyFeeds();
      const mails = await verifyMails();
      const settledIn = Math.round(performance.now() - broken);
      const figures = { ...faults, acknowledged: acknowledged.length, events, delivered, mails, settledIn };
      process.stdout.write(`${carrier}: ${JSON.stringify(figures)}\n`);
    },
    minutes * 60_000 + 300_000,
  );
}
