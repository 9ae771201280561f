import { rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { Metrics } from "../support/api/metrics";
import { withClient } from "../support/api/testServer";
import { waitFor } from "../support/waitFor";
import { temporaryFolder } from "../support/processes/temporaryFolder";
import { unresponsivePeersIn } from "../system/unresponsivePeers";
import { openDashboards, type Dashboards } from "./support/dashboards";
import { isLong } from "./support/isLong";
import { writeDirectory, type Directory } from "./support/directory";
import { startInstallation, type Installation } from "./support/installation";
import { mostMemory } from "./support/mostMemory";
import { oneEventOfEach, p99, readLags, writeSteadily } from "./support/steadyEvents";
import { openSlowReaders, type SlowReaders } from "./support/slowReaders";
import { openStuckReader } from "./support/stuckReaders";

/**
 * 200 events a second while 1 % of the sockets do not read, and two clients read a kilobyte a second. `npm run soak`:
 * 500 dashboards, and how long the others wait for an event is compared with the time before; on a busy machine that
 * ratio would say nothing, so the small form leaves it out.
 */
const customerCount = isLong ? 25 : 5;
const dashboardCount = customerCount * 20;
const stuckCount = 5;
const quietTime = isLong ? 20_000 : 8_000;

let folder: string;
let directory: Directory;
let installation: Installation;
let dashboards: Dashboards;
let slow: SlowReaders | null = null;

beforeAll(async () => {
  folder = await temporaryFolder();
  directory = await writeDirectory(folder, customerCount, 10);
  installation = await startInstallation(folder, false);
}, 120_000);
afterAll(async () => {
  await slow?.stop();
  await dashboards.stop();
  await installation.stop();
  await rm(folder, { recursive: true, force: true });
});

const onlyReadersAreLeft = (metrics: Metrics) => metrics.value("changeover_connections") === dashboardCount;

test("C22 C23 who reads loses nothing, the stuck are closed, the slow come back to all of it", async () => {
  const copied = await oneEventOfEach(installation, directory);
  const admins = directory.customers.map(({ admin }) => admin);
  dashboards = await openDashboards(installation, admins, dashboardCount, 1);
  await waitFor("all dashboards", async () => dashboards.all.every((each) => each.isConnected()), 60_000);
  const over = new AbortController();
  const writing = withClient(installation.databaseUrl, (client) => writeSteadily(client, copied, over.signal));
  await pause(quietTime); // warm
  const quiet = Date.now();
  const before = await mostMemory(installation.servers[0], quiet + quietTime);
  const stuck = Date.now();
  const names = Array.from({ length: stuckCount }, (_, index) => `stuck-${index}`);
  const readers = await Promise.all(names.map((name) => openStuckReader(installation, name)));
  slow = await openSlowReaders(installation);
  const most = await mostMemory(installation.servers[0], stuck + quietTime, onlyReadersAreLeft);
  const closed = Date.now();
  const givenUp = unresponsivePeersIn(installation.servers[0].log());
  const secondsUntil = (isMeant: (name: string) => boolean) =>
    givenUp.filter(({ requestId }) => isMeant(requestId)).map(({ at }) => (at - stuck) / 1_000);
  const isStuck = (name: string) => names.includes(name);
  slow.hurry();
  over.abort();
  await writing;
  for (const reader of readers) reader.terminate();
  const delivered = await dashboards.verify();
  const toSlow = await slow.verify();
  const lagsOf = await readLags(installation);
  const figures = {
    delivered,
    toSlow,
    p99Quiet: p99(lagsOf(dashboards.all, quiet, stuck)),
    p99Stuck: p99(lagsOf(dashboards.all, stuck, closed)),
    stuckUntil: secondsUntil(isStuck),
    slowUntil: secondsUntil((name) => !isStuck(name)),
    grownBy: Math.round((most - before) / 1024 / 1024),
  };
  process.stdout.write(`stuck readers: ${JSON.stringify(figures)}\n`);
  expect(figures.stuckUntil).toHaveLength(stuckCount);
  expect(figures.slowUntil).toHaveLength(2);
  expect(dashboards.all.flatMap(({ closings }) => closings)).toEqual([]);
}, 300_000);
