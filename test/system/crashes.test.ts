import { join } from "node:path";
import { Client } from "pg";
import { packageFolder } from "../../src/paths";
import { dana } from "../support/api/testApi";
import { withClient } from "../support/api/testServer";
import { until } from "../support/until";
import { initiate, prepareProcesses, submission, type Processes } from "./processes";

/** Processes that end in the middle of something: at a place that the test chose. */

let processes: Processes;
let holder: Client;
beforeAll(async () => {
  processes = await prepareProcesses();
  await processes.run("migrate");
  await processes.run("import", join(packageFolder, "demo"));
  holder = new Client({ connectionString: processes.database.url });
  await holder.connect();
});
afterAll(async () => {
  await holder.end();
  await processes.stop();
});

// oxlint-disable-next-line typescript/no-explicit-any -- rows are looked into freely
const rows = (statement: string): Promise<any[]> =>
  withClient(processes.database.url, async (client) => (await client.query(statement)).rows);
/** Statements of ours that wait for a lock which the test holds. */
const held = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
const untilHeld = () => until(async () => (await rows(held)).length === 1);
const requests = "SELECT request_id AS id FROM cocp_requests ORDER BY submitted_at";

test("F1: of a server killed before the commit nothing is left, and the request sent again is done once", async () => {
  const server = await processes.start("serve");
  const input = { ...(await submission(processes, dana, [0, 2])), idempotencyKey: "before the commit" };
  await holder.query("BEGIN; SELECT FROM billing_accounts FOR UPDATE");
  const cutOff = expect(processes.ask(dana, initiate, { input })).rejects.toThrow();
  await untilHeld();
  server.process.kill("SIGKILL");
  await cutOff;
  await holder.query("ROLLBACK");
  await processes.start("serve");
  expect(await rows(requests)).toEqual([]);
  const { replayed, request, userErrors } = (await processes.ask(dana, initiate, { input })).initiateCocp;
  expect([replayed, userErrors]).toEqual([false, []]);
  expect(await rows(requests)).toEqual([{ id: request.requestId }]);
}, 60_000);

/** From now on the commit of a request waits for this lock. */
const commitsWait = `CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END $$;
  CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON cocp_requests DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION wait_for_test()`;

test("F2: of a server killed after the commit, before its answer, the request sent again gets that answer", async () => {
  const [before] = await rows(requests);
  const server = await processes.start("serve", { PORT: "0" });
  const [, url = ""] = await server.line(/"url":"([^"]+)"/);
  const input = { ...(await submission(processes, dana, [2, 4])), idempotencyKey: "after the commit" };
  await rows(commitsWait);
  await holder.query("SELECT pg_advisory_lock(42)");
  const headers = { "content-type": "application/json", authorization: `Bearer ${await processes.tokenFor(dana)}` };
  const body = JSON.stringify({ query: initiate, variables: { input } });
  const cutOff = expect(fetch(`${url}/graphql`, { method: "POST", headers, body })).rejects.toThrow();
  await untilHeld();
  server.process.kill("SIGSTOP"); // it won't hear any more that it is committed
  await holder.query("SELECT pg_advisory_unlock(42)");
  await until(async () => (await rows(requests)).length === 2);
  server.process.kill("SIGKILL");
  await cutOff;
  const { replayed, request, userErrors } = (await processes.ask(dana, initiate, { input })).initiateCocp;
  expect([replayed, userErrors, request.records.length]).toEqual([true, [], 2]);
  expect(await rows(requests)).toEqual([before, { id: request.requestId }]);
}, 60_000);

test("a server that is told to stop twice ends at once", async () => {
  const server = await processes.start("serve", { DRAIN_SECONDS: "3600", PORT: "0" });
  server.process.kill("SIGTERM");
  await server.line(/"shutting down"/);
  server.process.kill("SIGTERM");
  expect(await server.exit).toBe(130);
}, 60_000);

test("a rejected promise that nobody waits for is logged, and the server goes on", async () => {
  const preload = join(packageFolder, "test/support/processes/rejectOnSignal.js");
  const server = await processes.start("serve", { NODE_OPTIONS: `--require=${preload}`, PORT: "0" });
  server.process.kill("SIGUSR2");
  await server.line(/"an abandoned promise"/);
  server.process.kill("SIGTERM");
  expect(await server.exit).toBe(0);
}, 60_000);

test("F11: an error that nobody caught ends a worker, which says so; another does what it was at, once", async () => {
  const [{ id: requestId }] = await rows(requests);
  const cancel = "mutation ($input: CancelCocpInput!) { cancelCocp(input: $input) { records { id } } }";
  await processes.ask(dana, cancel, { input: { requestId } });
  await holder.query(`BEGIN; SELECT FROM cocp_records WHERE request_id = '${requestId}' FOR UPDATE`);
  const preload = join(packageFolder, "test/support/processes/throwOnSignal.js");
  const worker = await processes.start("worker", { NODE_OPTIONS: `--require=${preload}` });
  await untilHeld();
  worker.process.kill("SIGUSR2");
  expect(await worker.exit).toBe(1);
  const last = JSON.parse(worker.output().split("\n").at(-1) ?? "");
  expect(last).toMatchObject({ level: 60, error: { message: "a slip that nobody caught" } });
  await holder.query("ROLLBACK");

  await processes.start("worker");
  const canceled = `SELECT array_agg(type ORDER BY sequence) AS types FROM cocp_events WHERE request_id = '${requestId}'
    GROUP BY record_id`;
  const types = ["INITIATED", "CANCELLATION_REQUESTED", "CANCELED"];
  await until(async () => (await rows(canceled)).every((row) => row.types.length === 3), 30_000);
  expect(await rows(canceled)).toEqual([{ types }, { types }]);
  const queued = "SELECT FROM cocp_notifications WHERE state = 'QUEUED'";
  await until(async () => (await rows(queued)).length === 0, 30_000);
}, 90_000);
