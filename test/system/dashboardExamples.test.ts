import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startApi, type RunningApi } from "../../src/app";
import { createDevIdentities, type DevIdentities } from "../../src/dev/identities";
import { createLogger } from "../../src/logger";
import { packageFolder } from "../../src/paths";
import { actOnAll, submit } from "../support/api/changes";
import { reserveLine, type Line } from "../support/network/line";
import { kim, startTestApi, type TestApi } from "../support/api/testApi";
import { waitFor } from "../support/waitFor";
import { temporaryFolder } from "../support/processes/temporaryFolder";

const clients = ["graphql-ws", "urql", "apollo-client"] as const;
type ClientName = (typeof clients)[number];

/** What happens goes through this API; the dashboards have a node of their own, behind a line that can be cut. */
let api: TestApi;
let node: RunningApi | null = null;
let nodePort: number;
let line: Line;
let identities: DevIdentities;
let folder: string;
const dashboards = new Map<ClientName, Dashboard>();
/** Where the feed stood when the dashboards were opened. */
let beginning: string;

beforeAll(async () => {
  api = await startTestApi({ worker: false });
  folder = await temporaryFolder();
  const { issuer, audience } = api.config.auth;
  const people = async () => [{ email: kim, displayName: "Kim Lee", roles: [], pcn: null }];
  identities = await createDevIdentities({ directory: folder, issuer, audience, people });
  node = await startNode(0);
  nodePort = Number(new URL(node.url).port);
  line = await reserveLine(nodePort);
});
afterAll(async () => {
  await Promise.all([...dashboards.values()].map((dashboard) => dashboard.kill()));
  await line.close();
  await node?.stop();
  await api.stop();
  await rm(folder, { recursive: true, force: true });
});

test("dashboards that are opened before the server is up wait for it, and for whoever gives them tokens", async () => {
  await happen("7701001", "acceptCocp");
  beginning = await api.feedNow(kim);
  for (const client of clients) dashboards.set(client, startDashboard(client));
  await eachSays("closed: 1006");
  tokens.outOfOrder = true;
  await line.open();
  await eachSays("no token: out of order");
  tokens.outOfOrder = false;
  await eachSays("connected");
  for (const { printed } of dashboards.values()) {
    await waitFor("the list", async () => printed.length >= 2);
    expect(printed).toEqual(await shownList());
    printed.length = 0;
  }
  await happen("7701002", "acceptCocp");
  await eachHasSeenAll();
});

test("they go on when their sockets are cut again and again while things happen", async () => {
  for (const account of ["7701003", "7701004", "7701007"]) {
    await happen(account, "declineCocp", () => line.cut());
  }
  await eachHasSeenAll();
});

test("they go on when the network falls silent, and what it held back does not come twice when it comes after all", async () => {
  const release = line.hold();
  await happen("7701010", "declineCocp");
  await eachSays("closed: 4499: Terminated");
  await eachHasSeenAll();
  release();
  await happen("7701011", "declineCocp");
  await eachHasSeenAll();
});

test("they go on when the server was away, and fetch a new token when theirs has run out", async () => {
  await node?.stop();
  node = null;
  await eachSays("closed: 1001 Going away");
  await happen("7701008", "acceptCocp");
  tokens.secondsLeft = 1;
  node = await startNode(nodePort);
  await eachSays("closed: 4403 token-expired");
  tokens.secondsLeft = 3600;
  await happen("7701003", "declineCocp");
  await eachHasSeenAll();
});

test("killed and started again, they go on after the last event that they have dealt with", async () => {
  for (const [client, dashboard] of dashboards) {
    const last = dashboard.printed.at(-1)?.split("  ").at(-1);
    await waitFor("the cursor in the file", async () => (await readFile(cursorFile(client), "utf8")) === last);
    await dashboard.kill();
  }
  await happen("7701004", "acceptCocp");
  for (const [client, { printed }] of dashboards) {
    const restarted = startDashboard(client);
    dashboards.set(client, restarted);
    await waitFor("the list", async () => restarted.printed.length > 0);
    const list = await shownList();
    await waitFor("all of the list", async () => restarted.printed.length >= list.length);
    expect(restarted.printed.splice(0, list.length)).toEqual(list);
    restarted.printed.unshift(...printed);
  }
  await happen("7701003", "declineCocp");
  await eachHasSeenAll();
});

test.each(clients)(
  "at the end %s has seen each event once, in order, and shows what cocpRecords shows",
  async (client) => {
    const dashboard = dashboards.get(client);
    const feed = await wholeFeed();
    expect(dashboard?.printed).toEqual(feed);
    await dashboard?.stop();
    expect(dashboard?.printed.slice(feed.length)).toEqual(await shownList());
  },
);

test.each(clients)("%s gives up on a token that is not good: it is for its user to sign in again", async (client) => {
  const { said, ended } = startDashboard(client, { ACCESS_TOKEN: "garbage" });
  expect(await ended).toEqual([1, null]);
  expect(said).toEqual(["closed: 4401 Unauthorized", expect.stringContaining("4401 Unauthorized")]);
});

/** A request for an account and kim's answer; between the two, something else. */
async function happen(account: string, answer: "acceptCocp" | "declineCocp", between = () => {}): Promise<void> {
  const { requestId } = await submit(api, { accounts: [account] });
  between();
  await actOnAll(api, kim, answer, { requestId });
}

/** What the issuer of the dashboards' tokens does at present. */
const tokens = { outOfOrder: false, secondsLeft: 3600 };
const leeway = 30;

/** A node on the same database, with an issuer that the test is master of. */
function startNode(port: number): Promise<RunningApi> {
  const handle = async (_request: unknown, response: ServerResponse) => {
    const accessToken = await identities.tokenFor(kim, tokens.secondsLeft - leeway);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(tokens.outOfOrder ? { error: "out of order" } : { accessToken }));
  };
  const routes = [{ methods: ["POST"], path: "/dev/token", handle }];
  return startApi({ ...api.config, port }, createLogger("silent", "json"), { routes, jwks: identities.jwks });
}

/** An example that runs. */
interface Dashboard {
  /** Lines of its list and of its events. */
  readonly printed: string[];
  /** What it told of its connection. */
  readonly said: string[];
  /** Its exit code, and the signal that ended it. */
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const cursorFile = (client: ClientName) => join(folder, client);

function startDashboard(client: ClientName, more: NodeJS.ProcessEnv = {}): Dashboard {
  const program = `examples/partner-dashboard/${client}.mjs`;
  const args = [join(packageFolder, program), kim, line.url, cursorFile(client)];
  const child = spawn(process.execPath, args, { env: { ...process.env, ...more } });
  const printed: string[] = [];
  const said: string[] = [];
  createInterface({ input: child.stdout }).on("line", (text) => printed.push(text));
  createInterface({ input: child.stderr }).on("line", (text) => said.push(text));
  const ended = once(child, "close");
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  return { printed, said, ended, stop: () => end("SIGTERM"), kill: () => end("SIGKILL") };
}

/** Waits until each dashboard has told that of its connection, and forgets what it told until then. */
async function eachSays(text: string): Promise<void> {
  for (const [client, { said }] of dashboards) {
    await waitFor(`${client} to say ${text}`, async () => said.some((one) => one.includes(text)));
    said.splice(0, said.findIndex((one) => one.includes(text)) + 1);
  }
}

async function eachHasSeenAll(): Promise<void> {
  const feed = await wholeFeed();
  for (const [client, { printed }] of dashboards) {
    await waitFor(`${client} to see all`, async () => printed.length >= feed.length);
    expect(printed).toEqual(feed);
  }
}

const place = "request { requestId submittedAt } billingAccount { accountNumber }";

interface Row {
  readonly request: { readonly requestId: string; readonly submittedAt: string };
  readonly billingAccount: { readonly accountNumber: string };
  readonly status: string;
  readonly effectiveDate: string;
  readonly availableActions: readonly string[];
}

const placeOf = ({ request, billingAccount }: Row) => `${request.requestId}  ${billingAccount.accountNumber}`;

/** The lines of all events since the dashboards were opened. */
async function wholeFeed(): Promise<string[]> {
  const query = `query ($after: String) { cocpEvents(first: 100, after: $after) {
    nodes { occurredAt type actor cursor record { ${place} } } } }`;
  interface Event {
    readonly occurredAt: string;
    readonly type: string;
    readonly actor: string;
    readonly cursor: string;
    readonly record: Row;
  }
  await api.feedSettled();
  const { nodes } = (await api.data(kim, query, { after: beginning })).cocpEvents;
  return (nodes as Event[]).map(
    ({ occurredAt, record, type, actor, cursor }) =>
      `${occurredAt}  ${placeOf(record)}  ${type} by ${actor}  ${cursor}`,
  );
}

/** The lines of the list as cocpRecords gives it. */
async function shownList(): Promise<string[]> {
  const query = `{ cocpRecords(first: 100) { nodes { ${place} status effectiveDate availableActions } } }`;
  const nodes: Row[] = (await api.data(kim, query)).cocpRecords.nodes;
  const rows = nodes.map((record) => {
    const { status, effectiveDate, availableActions } = record;
    return `${placeOf(record)}  ${status}  effective ${effectiveDate}  [${availableActions.join(" ")}]`;
  });
  return [`${nodes.length} records`, ...rows];
}
