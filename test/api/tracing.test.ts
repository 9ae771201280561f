import { fork, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { submit } from "../support/api/changes";
import { dana, joan, startTestApi, type TestApi } from "../support/api/testApi";
import { startTestIssuer, testAudience, type TestIssuer } from "../support/network/testIssuer";
import { startTraceCollector, type CollectedSpan, type TraceCollector } from "../support/network/traceCollector";

const root = join(__dirname, "../..");
const typescript = ["--require", join(root, "test/support/jest/registerTypeScript.js")];
const traceId = "0af7651916cd43dd8448eb211c80319c";
const callerSpan = "b7ad6b7169203331";

let api: TestApi;
let issuer: TestIssuer;
let collector: TraceCollector;
let log: string;

/**
 * Runs a node and a worker that tell traces, as a process of their own; then all that they had to tell has been told.
 */
beforeAll(async () => {
  collector = await startTraceCollector();
  issuer = await startTestIssuer("ES256");
  api = await startTestApi({ worker: false });
  const { requestId } = await submit(api);
  const node = fork(join(root, "test/support/processes/tracedProcess.ts"), {
    execArgv: typescript,
    stdio: ["ignore", "inherit", "pipe", "ipc"],
    env: {
      ...process.env,
      PORT: "0",
      PUBLIC_URL: "http://127.0.0.1:4000",
      DATABASE_URL: api.config.databaseUrl,
      SMTP_URL: api.mailbox.smtpUrl,
      MAIL_FROM: api.config.mailFrom,
      AUTH_ISSUER: issuer.url,
      AUTH_AUDIENCE: testAudience,
      FORM_URL_SECRET: api.config.formUrlSecret,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    },
  });
  const logged = node.stderr === null ? Promise.resolve("") : text(node.stderr);
  const [url] = (await once(node, "message")) as [string];
  await use(url, requestId);
  await stop(node);
  log = await logged;
});
afterAll(async () => {
  await api.stop();
  await issuer.stop();
  await collector.stop();
});

async function use(url: string, requestId: string): Promise<void> {
  const authorization = `Bearer ${await issuer.token({ email: dana })}`;
  const ask = async (query: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { authorization, "content-type": "application/json", ...headers },
      body: JSON.stringify({ query }),
    });
    return await response.text();
  };
  await ask("query Mine { billingAccounts(first: 3) { nodes { accountNumber } } }", {
    traceparent: `00-${traceId}-${callerSpan}-01`,
    "x-request-id": "traced-1",
  });
  await ask(`mutation { cancelCocp(input: { requestId: "${requestId}" }) { userErrors { code } } }`);
  await api.mailbox.waitForMail(({ subject }) => /cancel/i.test(subject));
  await api.rows("ALTER TABLE cocp_signatures RENAME TO cocp_signatures_gone");
  await ask(`query Broken { cocpRequest(requestId: "${requestId}") { signature { lastName } } }`);
  await api.rows("ALTER TABLE cocp_signatures_gone RENAME TO cocp_signatures");
  await fetch(`${url}/forms/the-key-to-a-form`);
  const connectionParams = { authorization: `Bearer ${await issuer.token({ email: joan })}` };
  const socket = createClient({
    url: `${url.replace(/^http/, "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams,
  });
  await new Promise<void>((resolve, reject) => {
    const sink = { next: () => {}, error: reject, complete: () => resolve() };
    socket.subscribe({ query: "query Me { viewer { email } }" }, sink);
  });
  await socket.dispose();
}

async function stop(node: ChildProcess): Promise<void> {
  const ended = once(node, "exit");
  node.send("stop");
  await ended;
}

const spanNamed = (name: string, fits: (span: CollectedSpan) => boolean = () => true) =>
  collector.spans.find((span) => span.name === name && fits(span));
const childrenOf = (parent: CollectedSpan | undefined) =>
  collector.spans.filter(({ parentSpanId }) => parentSpanId === parent?.spanId);

test("a request goes on with the trace that it came with, through its operation to the statements", () => {
  const request = spanNamed("POST /graphql", (span) => span.traceId === traceId);
  expect(request).toMatchObject({
    parentSpanId: callerSpan,
    kind: 2,
    facts: { "http.request.method": "POST", "http.route": "/graphql", "http.response.status_code": 200 },
    resource: { "service.name": "changeover", "changeover.process": "serve" },
  });
  const operation = spanNamed("query billingAccounts", (span) => span.traceId === traceId);
  expect(operation).toMatchObject({
    parentSpanId: request?.spanId,
    facts: { "graphql.operation.type": "query", "graphql.operation.name": "Mine", "changeover.request_id": "traced-1" },
  });
  const statements = childrenOf(operation).filter(({ facts }) => facts["db.system.name"] === "postgresql");
  expect(statements.map(({ name }) => name)).toContain("SELECT");
  expect(statements.map(({ facts }) => facts["db.query.text"]).join()).toContain("a.account_number");
});

test("the log line of an operation names its trace", () => {
  const lines = log.split("\n").map((line) => (line === "" ? {} : JSON.parse(line)) as Record<string, unknown>);
  expect(lines.find(({ requestId, msg }) => requestId === "traced-1" && msg === "operation")).toMatchObject({
    traceId,
  });
});

test("a mutation's transaction, the job that it queued and the mail that the job sent are seen", () => {
  const mutation = spanNamed("mutation cancelCocp");
  expect(childrenOf(mutation).map(({ name }) => name)).toEqual(expect.arrayContaining(["START", "COMMIT"]));
  const mail = spanNamed("mail CANCELED");
  expect(mail?.facts["changeover.mail.message_id"]).toMatch(/^<.+@.+>$/);
  const job = collector.spans.find(({ spanId }) => spanId === mail?.parentSpanId);
  expect(job).toMatchObject({ name: "job sendNotification", kind: 5, resource: { "changeover.process": "worker" } });
});

test("what failed is marked as failed", () => {
  expect(spanNamed("query cocpRequest")).toMatchObject({
    status: { code: 2 },
    facts: { "error.type": "INTERNAL_SERVER_ERROR" },
  });
});

test("an operation on a socket is a trace of its own", () => {
  const operation = spanNamed("query viewer");
  expect(operation?.parentSpanId).toBeFalsy();
  expect(operation?.facts["changeover.transport"]).toBe("websocket");
});

test("polling is not told of, and neither is anybody or a secret", () => {
  expect(collector.spans.filter(({ parentSpanId, facts }) => !parentSpanId && "db.system.name" in facts)).toEqual([]);
  expect(collector.text()).not.toMatch(/whitfield|petrie|northlight|brackwater|the-key-to-a-form|eyJ|Bearer/i);
});

test("without a collector OpenTelemetry is not loaded", () => {
  const script = `
    require("./src/tracing/startTracing.ts").startTracing(null, "serve");
    require("./src/app.ts");
    const loaded = Object.keys(require.cache).filter((path) => /@opentelemetry.(sdk|exporter|core|resources|otlp)/.test(path));
    console.log(JSON.stringify(loaded));`;
  const { stdout, stderr } = spawnSync(process.execPath, [...typescript, "-e", script], {
    cwd: root,
    encoding: "utf8",
  });
  expect([stdout.trim(), stderr]).toEqual(["[]", ""]);
});
