import { join } from "node:path";
import { createClient, type Client } from "graphql-ws";
import WebSocket from "ws";
import { packageFolder } from "../../src/paths";
import { dana, kim } from "../support/api/testApi";
import { until } from "../support/until";
import { initiate, prepareProcesses, submission, type Processes } from "./processes";
import { changeover } from "./support";

let processes: Processes;
beforeAll(async () => {
  processes = await prepareProcesses();
});
afterAll(() => processes.stop());

const isServing = () =>
  fetch(`${processes.url}/livez`).then(
    ({ ok }) => ok,
    () => false,
  );

interface Seen {
  readonly cursor: string;
  readonly type: string;
}

/** A stock client that watches the feed as a person, from a cursor on. */
function watch(email: string, after: string | null): { events: Seen[]; client: Client } {
  const events: Seen[] = [];
  const client = createClient({
    url: `${processes.url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 100,
    retryWait: () => until(isServing),
    shouldRetry: () => true,
    connectionParams: async () => ({ authorization: `Bearer ${await processes.tokenFor(email)}` }),
  });
  const payload = {
    query: "subscription($after: String) { cocpEvents(after: $after) { cursor type } }",
    get variables() {
      return { after: events.at(-1)?.cursor ?? after };
    },
  };
  client.subscribe<{ cocpEvents: Seen }>(payload, {
    next: ({ data }) => void (data && events.push(data.cocpEvents)),
    error: () => undefined,
    complete: () => undefined,
  });
  return { events, client };
}

const accept = `mutation($input: RespondToCocpInput!) {
  acceptCocp(input: $input) { records { status } userErrors { message } } }`;
const cancel = `mutation($input: CancelCocpInput!) {
  cancelCocp(input: $input) { records { status } userErrors { message } } }`;

test("an operator prepares a database: migrate, import, doctor", async () => {
  const { run } = processes;
  expect(await run("migrate")).toContain("The database is at this version.");
  expect(await run("migrate")).toContain("at this version already");
  expect(await run("import", join(packageFolder, "demo"))).toMatch(/billing_accounts/);
  expect(await run("doctor")).not.toContain("FAILED");
});

test("a customer changes partner, the partner answers, and a dashboard sees it although the API is killed", async () => {
  const { ask, mailbox, start } = processes;
  const server = await start("serve");
  await start("worker");
  const { cocpRecords } = await ask(kim, "{ cocpRecords { feedCursor } }");
  const dashboard = watch(kim, cocpRecords.feedCursor);

  const input = await submission(processes, dana, [6, 8]);
  const { initiateCocp } = await ask(dana, initiate, { input });
  expect(initiateCocp.userErrors).toEqual([]);
  const { requestId, records } = initiateCocp.request;
  await mailbox.waitForMail(({ subject }) => subject.startsWith("Action required: "));
  await until(() => dashboard.events.length === 2);

  server.process.kill("SIGKILL");
  await server.exit;
  await start("serve");
  await ask(dana, cancel, { input: { requestId, recordIds: [records[0].id] } });
  const { acceptCocp } = await ask(kim, accept, { input: { requestId } });
  expect(acceptCocp).toEqual({ records: [{ status: "ACCEPTED" }], userErrors: [] });

  await until(() => dashboard.events.length === 5);
  expect(dashboard.events.map(({ type }) => type).toSorted()).toEqual(
    ["INITIATED", "INITIATED", "CANCELLATION_REQUESTED", "CANCELED", "ACCEPTED"].toSorted(),
  );
  expect(new Set(dashboard.events.map(({ cursor }) => cursor)).size).toBe(5);
  await dashboard.client.dispose();

  const resumed = watch(kim, dashboard.events[1]?.cursor ?? null);
  await until(() => resumed.events.length === 3);
  expect(resumed.events).toEqual(dashboard.events.slice(2));
  await resumed.client.dispose();
  await mailbox.waitForMail(({ to, subject }) => to.includes(dana) && /accepted/i.test(subject));
  await mailbox.waitForMail(({ to, subject }) => to.includes(kim) && /cancel/i.test(subject));
}, 60_000);

test("a missing variable is told by name, with all others at once", async () => {
  const command = changeover(["serve"], { DATABASE_URL: processes.database.url });
  expect(await command.exit).toBe(1);
  for (const name of ["SMTP_URL", "MAIL_FROM", "AUTH_ISSUER", "AUTH_AUDIENCE", "FORM_URL_SECRET"]) {
    expect(command.output()).toContain(name);
  }
});

test("bad usage is exit code 2", async () => {
  expect(await changeover(["import"], processes.environment).exit).toBe(2);
  expect(await changeover(["nonsense"], processes.environment).exit).toBe(2);
});
