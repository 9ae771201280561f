import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createClient, type Client } from "graphql-ws";
import WebSocket from "ws";
import { packageFolder } from "../../src/paths";
import { dana, kim } from "../support/testApi";
import { createEmptyDatabase, type TestDatabase } from "../support/testDatabase";
import { startTestMailbox, type TestMailbox } from "../support/testMailbox";
import { until } from "../support/until";
import { changeover, freePort, startIssuer, type Command } from "./support";

/** `serve` and `worker` as an operator runs them: own issuer, own mail server, imported files. */

let database: TestDatabase;
let mailbox: TestMailbox;
let issuer: Awaited<ReturnType<typeof startIssuer>>;
let environment: NodeJS.ProcessEnv;
let url: string;
const running: Command[] = [];

beforeAll(async () => {
  database = await createEmptyDatabase();
  mailbox = await startTestMailbox();
  issuer = await startIssuer("https://changeover.example");
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  environment = {
    PORT: String(port),
    DATABASE_URL: database.url,
    SMTP_URL: mailbox.smtpUrl,
    MAIL_FROM: "changeover@changeover.example",
    AUTH_ISSUER: issuer.issuer,
    AUTH_AUDIENCE: "https://changeover.example",
    FORM_URL_SECRET: randomBytes(32).toString("hex"),
  };
});

afterAll(async () => {
  for (const { process, exit } of running) {
    process.kill("SIGTERM");
    await exit;
  }
  await issuer.stop();
  await mailbox.stop();
  await database.drop();
});

async function run(...args: string[]): Promise<string> {
  const command = changeover(args, environment);
  const code = await command.exit;
  if (code !== 0) throw new Error(`changeover ${args.join(" ")} exited ${code}:\n${command.output()}`);
  return command.output();
}

async function start(name: "serve" | "worker"): Promise<Command> {
  const command = changeover([name], environment);
  running.push(command);
  await command.line(name === "serve" ? /"serving"/ : /"working"/);
  return command;
}

// oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into freely
async function ask(email: string, query: string, variables: object = {}): Promise<any> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${await issuer.tokenFor(email)}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

interface Seen {
  readonly cursor: string;
  readonly type: string;
}

/** A stock client that watches the feed as a person, from a cursor on. */
function watch(email: string, after: string | null): { events: Seen[]; client: Client } {
  const events: Seen[] = [];
  const client = createClient({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 100,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
    shouldRetry: () => true,
    connectionParams: async () => ({ authorization: `Bearer ${await issuer.tokenFor(email)}` }),
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

const initiate = `mutation($input: InitiateCocpInput!) {
  initiateCocp(input: $input) { request { requestId records { id } } userErrors { message } } }`;
const accept = `mutation($input: RespondToCocpInput!) {
  acceptCocp(input: $input) { records { status } userErrors { message } } }`;
const cancel = `mutation($input: CancelCocpInput!) {
  cancelCocp(input: $input) { records { status } userErrors { message } } }`;

test("an operator prepares a database: migrate, import, doctor", async () => {
  expect(await run("migrate")).toContain("The database is at this version.");
  expect(await run("migrate")).toContain("at this version already");
  expect(await run("import", join(packageFolder, "demo"))).toMatch(/billing_accounts/);
  expect(await run("doctor")).not.toContain("FAILED");
});

test("a customer changes partner, the partner answers, and a dashboard sees it although the API is killed", async () => {
  const server = await start("serve");
  await start("worker");
  const { cocpRecords } = await ask(kim, "{ cocpRecords { feedCursor } }");
  const dashboard = watch(kim, cocpRecords.feedCursor);

  const { billingAccounts } = await ask(dana, "{ billingAccounts(filter: { eligible: true }) { nodes { id } } }");
  const changes = billingAccounts.nodes.slice(6, 8).map(({ id }: { id: string }) => ({
    billingAccountId: id,
    newPartnerPcn: "PCN-4410387",
    partnerNotificationContact: kim,
    reason: "OTHER",
  }));
  const preview = await ask(
    dana,
    "query($changes: [PartnerChangeInput!]!) { previewCocp(changes: $changes) { terms { version } userErrors { message } } }",
    { changes },
  );
  expect(preview.previewCocp.userErrors).toEqual([]);
  const signature = {
    firstName: "Dana",
    lastName: "Whitfield",
    acceptTerms: true,
    termsVersion: preview.previewCocp.terms.version,
  };
  const { initiateCocp } = await ask(dana, initiate, { input: { changes, signature } });
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
  const command = changeover(["serve"], { DATABASE_URL: database.url });
  expect(await command.exit).toBe(1);
  for (const name of ["SMTP_URL", "MAIL_FROM", "AUTH_ISSUER", "AUTH_AUDIENCE", "FORM_URL_SECRET"]) {
    expect(command.output()).toContain(name);
  }
});

test("bad usage is exit code 2", async () => {
  expect(await changeover(["import"], environment).exit).toBe(2);
  expect(await changeover(["nonsense"], environment).exit).toBe(2);
});
