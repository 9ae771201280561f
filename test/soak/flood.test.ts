import { execFileSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { withClient } from "../support/api/testServer";
import { readMetrics } from "../support/api/metrics";
import { waitFor } from "../support/waitFor";
import { temporaryFolder } from "../support/processes/temporaryFolder";
import { openPeer, text } from "./flood/peer";
import { addressOf } from "./flood/addresses";
import { startFlood, type RunningFlood } from "./flood/startFlood";
import { ask } from "./support/ask";
import { isLong } from "./support/isLong";
import { openDashboards, type Dashboards } from "./support/dashboards";
import { writeDirectory, type Directory } from "./support/directory";
import { startInstallation, type Installation } from "./support/installation";
import { mostMemory } from "./support/mostMemory";
import { oneEventOfEach, p99, readLags, writeSteadily } from "./support/steadyEvents";

/**
 * 50 honest dashboards, people who look at their list, and others who come anew, beside hostile sockets of all kinds
 * and a flood of questions that are too dear. `npm run soak`: a thousand sockets. How long the honest wait, and did
 * before, is told.
 */
const customerCount = 25;
const dashboardCount = 50;
const socketCount = isLong ? 1_000 : 120;
const askerCount = isLong ? 64 : 8;
const stormCount = isLong ? 5_000 : 500;
/** How hostile sockets and requests may end: by what they were told, or by their own doing. */
const promised = new Set([
  "200",
  "400",
  "401",
  "408",
  "413",
  "429",
  "1008",
  "1009",
  "1013",
  "4400",
  "4401",
  "4408",
  "4409",
  "4429",
  "cut",
]);
const phase = isLong ? 20_000 : 4_000;
let folder: string;
let directory: Directory;
let installation: Installation;
let dashboards: Dashboards | null = null;
let flood: RunningFlood | null = null;

beforeAll(async () => {
  folder = await temporaryFolder();
  directory = await writeDirectory(folder, customerCount, 10);
  installation = await startInstallation(folder, false, { TRUSTED_PROXIES: "1" });
  await installation.servers[1].terminate();
}, 120_000);
afterAll(async () => {
  await flood?.stop();
  await dashboards?.stop();
  await installation.servers[0].terminate();
  await installation.stop();
  await rm(folder, { recursive: true, force: true });
});

const one = () => ({ ...installation, servers: [installation.servers[0]] as never });

interface Wait {
  readonly at: number;
  readonly took: number;
}

/** Does something again and again until it is over. Gives how long it took each time, and when. */
async function again(act: (turn: number) => Promise<void>, between: number, over: AbortSignal): Promise<Wait[]> {
  const waits: Wait[] = [];
  for (let turn = 0; !over.aborted; turn += 1) {
    const began = performance.now();
    await act(turn);
    waits.push({ at: Date.now(), took: performance.now() - began });
    await pause(between);
  }
  return waits;
}

async function look(turn: number): Promise<void> {
  const query = `{ cocpRecords(first: 20) { totalCount nodes { id status billingAccount { displayName } newPartner { organizationName } } } }`;
  const { cocpRecords } = await ask(one(), directory.customers[turn % customerCount]?.admin ?? "", query);
  expect(cocpRecords.totalCount).toBeGreaterThan(0);
}

/** A socket from an address, as a proxy would tell of it. */
const socketFrom = (address: string) =>
  class extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { headers: { "x-forwarded-for": address } });
    }
  };

/** Somebody whom the server has not seen yet opens a dashboard, with an operation that it has not seen either. */
async function comeAnew(turn: number, address = "192.0.2.1"): Promise<void> {
  const email = `newcomer${turn}@${address}.example`;
  const client = createClient({
    url: `${installation.servers[0].url.replace("http", "ws")}/graphql`,
    webSocketImpl: socketFrom(address),
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${await installation.tokenFor(email)}` },
  });
  for await (const { data } of client.iterate({ query: `query First${turn} { viewer { email } }` })) {
    expect(data).toEqual({ viewer: { email } });
  }
  await client.dispose();
}

/** The same from an address where somebody else has just come with a bad token. */
async function comeBesideOneRefused(turn: number): Promise<void> {
  const address = "192.0.2.2";
  const headers = { "x-forwarded-for": address, authorization: "Bearer none", "content-type": "application/json" };
  const body = JSON.stringify({ query: "{ viewer { email } }" });
  const refused = fetch(`${installation.servers[0].url}/graphql`, { method: "POST", headers, body });
  await comeAnew(turn, address);
  expect((await refused).status).toBe(401);
}

const sorted = (numbers: readonly number[]) => numbers.toSorted((one, other) => one - other);

test("beside a flood who is honest loses nothing, no honest socket is closed, and its figures are printed", async () => {
  const copied = await oneEventOfEach(one(), directory);
  const opened = await openDashboards(
    one(),
    directory.customers.map(({ admin }) => admin),
    dashboardCount,
    1,
  );
  dashboards = opened;
  await waitFor("all dashboards", async () => opened.all.every((each) => each.isConnected()), 60_000);
  const over = new AbortController();
  const writing = withClient(installation.databaseUrl, (client) => writeSteadily(client, copied, over.signal));
  const looking = again(look, 10, over.signal);
  const coming = again(comeAnew, 250, over.signal);
  const comingBeside = again(comeBesideOneRefused, 250, over.signal);
  await pause(phase / 2); // warm
  const quiet = Date.now();
  const cpu = async () => (await readMetrics(installation.servers[0].url)).value("process_cpu_seconds_total") ?? NaN;
  const before = await mostMemory(installation.servers[0], quiet + phase);
  const cpuQuiet = await cpu();
  const flooded = Date.now();
  const good = await Promise.all(
    Array.from({ length: 30 }, (_, index) => installation.tokenFor(`stranger${index}@evil.example`)).concat(
      directory.partners.map(({ colleague }) => installation.tokenFor(colleague)),
    ),
  );
  const bad = `${good[0]?.slice(0, -20)}AAAAAAAAAAAAAAAAAAAA`;
  flood = startFlood({
    url: installation.servers[0].url,
    tokens: { good, bad },
    sockets: socketCount,
    askers: askerCount,
  });
  // Elsewhere it would take nothing of the honest's cores: so it gets what they leave (Linux).
  if (isLong) execFileSync("chrt", ["--all-tasks", "--idle", "--pid", "0", String(flood.pid)]);
  const began = Date.now() + 2_000;
  const most = await mostMemory(installation.servers[0], began + phase);
  const ended = Date.now();
  const cpuFlood = await cpu();
  const outcomes = await flood.report();
  await flood.stop();
  flood = null;
  over.abort();
  await writing;
  const [looks, comings, comingsBeside] = [await looking, await coming, await comingBeside];
  const delivered = await opened.verify();
  const lagsOf = await readLags(installation);
  const within = (waits: readonly Wait[], from: number, to: number) =>
    sorted(waits.filter(({ at }) => at >= from && at < to).map(({ took }) => took));
  const figures = {
    delivered,
    p99Quiet: p99(lagsOf(opened.all, quiet, flooded)),
    p99Flood: p99(lagsOf(opened.all, began, ended)),
    lookQuiet: p99(within(looks, quiet, flooded)),
    lookFlood: p99(within(looks, began, ended)),
    newcomersQuiet: within(comings, quiet, flooded).at(-1),
    newcomersFlood: within(comings, began, ended).at(-1),
    newcomers: within(comings, began, ended).length,
    besideOneRefused: within(comingsBeside, began, ended),
    cpu: (cpuFlood - cpuQuiet) / ((ended - flooded) / 1000),
    grownBy: Math.round((most - before) / 1024 / 1024),
    outcomes,
  };
  process.stdout.write(`flood: ${JSON.stringify(figures, null, 1)}\n`);
  expect(opened.all.flatMap(({ closings }) => closings)).toEqual([]);
  expect(installation.servers[0].complaints()).toEqual([]);
  const endings = Object.values(outcomes).flatMap((counts) => Object.keys(counts));
  expect(endings.filter((how) => !promised.has(how))).toEqual([]);
}, 300_000);

test("C27 clients of many addresses that all come at once after a restart are welcomed, and requests are served meanwhile", async () => {
  const [server] = installation.servers;
  await server.kill();
  await server.start();
  const email = (index: number) => `person${Math.floor(index / 20)}@storm.example`;
  const tokens = await Promise.all(
    Array.from({ length: stormCount / 20 }, (_, person) => installation.tokenFor(email(person * 20))),
  );
  const endings: string[] = [];
  const over = new AbortController();
  const admin = directory.customers[0]?.admin ?? "";
  const asking = again(
    async () => expect((await ask(one(), admin, "{ viewer { email } }")).viewer.email).toBe(admin),
    10,
    over.signal,
  );
  const began = performance.now();
  const peers = tokens.flatMap((token, person) =>
    Array.from({ length: 20 }, () => ({
      token,
      peer: openPeer(server.url, addressOf(3, person), (how) => endings.push(how)),
    })),
  );
  await Promise.all(
    peers.map(async ({ token, peer }) => {
      await peer.upgrade();
      const welcome = peer.received("connection_ack");
      peer.socket.write(text({ type: "connection_init", payload: { authorization: `Bearer ${token}` } }));
      await welcome;
    }),
  );
  const took = performance.now() - began;
  over.abort();
  const asked = sorted((await asking).map((wait) => wait.took));
  const slowest = Math.round(asked.at(-1) ?? NaN);
  process.stdout.write(
    `storm: ${stormCount} welcomed in ${Math.round(took)} ms; ${asked.length} answers, in ${slowest} ms at most\n`,
  );
  expect(endings).toEqual([]);
  for (const { peer } of peers) peer.socket.destroy();
}, 60_000);
