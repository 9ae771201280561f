import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, type Client as SocketClient } from "graphql-ws";
import { Client } from "pg";
import WebSocket from "ws";
import { readMetrics } from "../support/api/metrics";
import { until } from "../support/until";
import { withClient } from "../support/api/testServer";
import { watchFeed } from "../support/api/watchFeed";
import { writeDirectory, type Directory } from "../soak/support/directory";
import { startInstallation, type Installation } from "../soak/support/installation";
import { settle } from "../soak/support/ledger";

/**
 * A PostgreSQL of the test's own that runs out of connections and of disk, beneath servers and workers as processes.
 */

let folder: string;
let directory: Directory;
let installation: Installation;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "changeover-faults-"));
  directory = await writeDirectory(folder, 1, 61);
  installation = await startInstallation(folder, false);
}, 60_000);
afterAll(async () => {
  await installation.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into freely
  readonly data: any;
  readonly errors?: { extensions: { code?: string; retryAfter?: number } }[];
}

/** Asks the first server once, as the customer's administrator. */
async function ask(query: string, variables: object = {}): Promise<Answer> {
  const admin = directory.customers[0]?.admin ?? "";
  const response = await fetch(`${installation.servers[0].url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${await installation.tokenFor(admin)}` },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as Pick<Answer, "data" | "errors">;
  return { ...answer, status: response.status };
}

const isBusy = ({ status, errors }: Answer) =>
  status === 503 &&
  errors?.[0]?.extensions.code === "SERVICE_UNAVAILABLE" &&
  (errors[0].extensions.retryAfter ?? 0) > 0;
const readyz = async () => (await fetch(`${installation.servers[0].url}/readyz`)).status;

const list = "{ billingAccounts(first: 100) { nodes { id } } cocpRecords { totalCount } }";

test("F6: when others use all connections up, a hundred requests at once are answered with 503, and all heals when they let go", async () => {
  const greedy: Client[] = [];
  const endServers = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND application_name LIKE 'changeover%'`;
  const takeAll = async () => {
    for (;;) {
      const client = new Client({ connectionString: installation.databaseUrl });
      client.on("error", () => {});
      try {
        await client.connect();
        greedy.push(client);
      } catch {
        return;
      }
    }
  };
  try {
    await takeAll();
    await greedy[0]?.query(endServers);
    await takeAll();
    await until(async () => {
      await greedy[0]?.query(endServers); // whoever was faster
      await takeAll();
      return isBusy(await ask(list));
    });
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(list)));
    expect(answers.filter((answer) => !isBusy(answer))).toEqual([]);
    expect((await readMetrics(installation.servers[0].url)).value("changeover_database_pool_waiting")).toBe(0);
    expect(await readyz()).toBe(503);
  } finally {
    for (const client of greedy) await client.end();
  }
  await until(async () => (await ask(list)).status === 200 && (await readyz()) === 200);
}, 60_000);

const mayMount = process.getuid?.() === 0 && process.platform === "linux";
if (!mayMount) console.warn("only root may mount a small disk: the test of a full one is skipped");

const preview = "query ($changes: [PartnerChangeInput!]!) { previewCocp(changes: $changes) { terms { version } } }";
const initiate = `mutation ($input: InitiateCocpInput!) { initiateCocp(input: $input) {
  request { requestId } userErrors { message } } }`;

async function inputFor(billingAccountIds: readonly string[]) {
  const changes = billingAccountIds.map((billingAccountId) => ({
    billingAccountId,
    newPartnerPcn: directory.partners[0]?.pcn,
    partnerNotificationContact: directory.partners[0]?.responder,
    reason: "OTHER",
  }));
  const { terms } = (await ask(preview, { changes })).data.previewCocp;
  const signature = { firstName: "Ada", lastName: "Minister", acceptTerms: true, termsVersion: terms.version };
  return { changes, signature, idempotencyKey: billingAccountIds[0] };
}

function dashboard(): SocketClient {
  const connectionParams = async () => ({
    authorization: `Bearer ${await installation.tokenFor(directory.partners[0]?.responder ?? "")}`,
  });
  const url = `${installation.servers[0].url.replace(/^http/, "ws")}/graphql`;
  return createClient({ url, connectionParams, webSocketImpl: WebSocket, retryAttempts: 100, shouldRetry: () => true });
}

test("F4: a crash that makes PostgreSQL hand transaction ids out again hides no event, live or from a cursor", async () => {
  const nextTransaction = () =>
    withClient(installation.databaseUrl, async (client) => {
      const { rows } = await client.query<{ id: string }>("SELECT pg_snapshot_xmax(pg_current_snapshot()) AS id");
      return BigInt(rows[0]?.id ?? 0);
    });
  const { data } = await ask(list);
  const input = await inputFor([data.billingAccounts.nodes.at(-1).id]);
  const client = dashboard();
  for (const worker of installation.workers) await worker.terminate(); // what they commit would keep the ids
  try {
    const live = watchFeed(client);
    await until(async () => (await openSubscriptions()) === 1);
    let [given, after] = [0n, ""];
    do {
      await withClient(installation.databaseUrl, async (burner) => {
        for (let count = 0; count < 200; count += 1) {
          await burner.query("BEGIN; SELECT pg_current_xact_id(); ROLLBACK"); // nothing of it reaches the disk
        }
      });
      given = await nextTransaction();
      await until(async () => (await ask(list)).status === 200);
      after = (await ask("{ cocpRecords(first: 1) { feedCursor } }")).data.cocpRecords.feedCursor;
      await installation.killPostgres();
      await installation.startPostgres();
    } while ((await nextTransaction()) >= given); // the ids were on disk: PostgreSQL notes the next one now and then
    await until(async () => (await ask(initiate, { input })).status === 200);
    expect(await nextTransaction()).toBeLessThan(given);
    await live.until(1);
    await watchFeed(client, { after }).until(1);
    const seen = await ask("query ($after: String) { cocpEvents(after: $after) { nodes { type } } }", { after });
    expect(seen.data.cocpEvents.nodes).toEqual([{ type: "INITIATED" }]);
  } finally {
    await client.dispose();
    for (const worker of installation.workers) await worker.start();
  }
}, 60_000);

const cancel =
  "mutation ($requestId: String!) { cancelCocp(input: { requestId: $requestId }) { userErrors { message } } }";
const isInvalidCursor = [{ extensions: { code: "INVALID_CURSOR" } }];

test("F4: who was told what a restored database does not hold is told so, over a socket that stayed open; others go on", async () => {
  const ids: string[] = (await ask(list)).data.billingAccounts.nodes.map(({ id }: { id: string }) => id);
  const [kept, lost] = await Promise.all(ids.slice(-3, -1).map((id) => inputFor([id])));
  const { stopPostgres, startPostgres, killPostgres, dataDirectory } = installation;
  const backup = `${dataDirectory}-backup`;
  const clients = [dashboard(), dashboard()] as const;
  for (const worker of installation.workers) await worker.terminate(); // what they commit would come between
  try {
    const { requestId } = (await ask(initiate, { input: kept })).data.initiateCocp.request;
    const all = watchFeed(clients[0]);
    const ofKept = watchFeed(clients[1], { filter: { requestId } });
    await until(async () => (await openSubscriptions()) === 2);
    await stopPostgres();
    execFileSync("cp", ["-a", dataDirectory, backup]); // with the owners, who are not root
    await startPostgres();
    await until(async () => (await ask(initiate, { input: lost })).status === 200);
    await all.until(1);
    await killPostgres();
    await stopPostgres();
    await rm(dataDirectory, { recursive: true });
    await rename(backup, dataDirectory);
    await startPostgres();
    await until(async () => (await ask(cancel, { requestId })).status === 200); // under the very ids that were lost
    expect(await all.ended).toMatchObject(isInvalidCursor);
    await ofKept.until(1);
    expect(ofKept.types()).toEqual(["CANCELLATION_REQUESTED"]);
    const after = all.events[0]?.cursor ?? "";
    const page = await ask("query ($after: String) { cocpEvents(after: $after) { nodes { type } } }", { after });
    expect(page.errors).toMatchObject(isInvalidCursor);
    expect(await watchFeed(clients[0], { after }).ended).toMatchObject(isInvalidCursor);
  } finally {
    for (const client of clients) await client.dispose();
    for (const worker of installation.workers) await worker.start();
    await rm(backup, { recursive: true, force: true });
  }
}, 60_000);

async function openSubscriptions(): Promise<number> {
  const metrics = await (await fetch(`${installation.servers[0].url}/metrics`)).text();
  return Number(/^changeover_subscriptions(?:\{.*\})? (\d+)$/m.exec(metrics)?.[1]);
}

(mayMount ? test : test.skip)(
  "F9: when the disk is full, writes are 503 and leave nothing behind, reads work, and all heals when there is room",
  async () => {
    const disk = join(folder, "disk");
    await mkdir(disk);
    execFileSync("chmod", ["a+rx", folder]);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
    try {
      const { rows } = await withClient(installation.databaseUrl, (client) => client.query("SHOW data_directory"));
      const tables = join(disk, "tables");
      await mkdir(tables);
      execFileSync("chown", ["--reference", rows[0].data_directory, tables]);
      await withClient(installation.databaseUrl, async (client) => {
        await client.query(`CREATE TABLESPACE small LOCATION '${tables}'`);
        await client.query("ALTER TABLE cocp_events SET TABLESPACE small");
      });
      await writeFile(join(disk, "filler"), Buffer.alloc(1_000_000)).catch(() => undefined); // as much as there is room for

      const count = async () => (await ask(list)).data.cocpRecords.totalCount;
      const before = await count();
      const { data } = await ask(list);
      const ids: string[] = data.billingAccounts.nodes.map(({ id }: { id: string }) => id);
      const inputs = await Promise.all([0, 1, 2].map((part) => inputFor(ids.slice(part * 20, part * 20 + 20))));

      let refused = -1;
      let acknowledged = 0;
      for (const [index, input] of inputs.entries()) {
        const answer = await ask(initiate, { input });
        if (isBusy(answer)) {
          refused = index;
          break;
        }
        expect(answer.errors).toBeUndefined();
        expect(answer.data.initiateCocp.userErrors).toEqual([]);
        acknowledged += input.changes.length;
      }
      expect(refused).toBeGreaterThanOrEqual(0);
      expect(await count()).toBe(before + acknowledged);
      expect(await readyz()).toBe(200); // it can be read

      await rm(join(disk, "filler"));
      await until(async () => (await ask(initiate, { input: inputs[refused] })).status === 200);
      expect(await count()).toBe(before + acknowledged + 20);
      await settle(installation);
    } finally {
      await withClient(installation.databaseUrl, async (client) => {
        await client.query("ALTER TABLE cocp_events SET TABLESPACE pg_default");
        await client.query("DROP TABLESPACE IF EXISTS small");
      });
      execFileSync("umount", ["-l", disk]);
    }
  },
  60_000,
);
