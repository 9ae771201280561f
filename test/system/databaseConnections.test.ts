import { join } from "node:path";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { packageFolder } from "../../src/paths";
import { hasPgBouncer, startPgBouncer } from "../support/processes/pgBouncer";
import { dana, kim } from "../support/api/testApi";
import { startTlsPostgres, type TlsPostgres } from "../support/processes/tlsPostgres";
import { watchFeed } from "../support/api/watchFeed";
import { initiate, prepareProcesses, submission, type Processes } from "./processes";
import { changeover, type Command } from "./support";

/**
 * Ways to the database that an operator may have: a pooler between, or TLS with a certificate of a private authority.
 */

let processes: Processes;
beforeEach(async () => {
  processes = await prepareProcesses();
});
afterEach(() => processes.stop());

/** Prepares a database, and lets a command, its event over a socket and its email pass. */
async function work(environment: NodeJS.ProcessEnv): Promise<Command[]> {
  Object.assign(processes.environment, environment);
  const { ask, run, start, mailbox, tokenFor, url } = processes;
  await run("migrate");
  await run("import", join(packageFolder, "demo"));
  const running = [await start("serve"), await start("worker")];
  expect(await run("doctor")).not.toContain("FAILED");
  const client = createClient({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: async () => ({ authorization: `Bearer ${await tokenFor(kim)}` }),
  });
  try {
    const { cocpRecords } = await ask(kim, "{ cocpRecords { feedCursor } }");
    const feed = watchFeed(client, { after: cocpRecords.feedCursor });
    const { initiateCocp } = await ask(dana, initiate, { input: await submission(processes, dana, [0, 2]) });
    expect(initiateCocp.userErrors).toEqual([]);
    await feed.until(2);
    expect(feed.types()).toEqual(["INITIATED", "INITIATED"]);
    await mailbox.waitForMail(({ subject }) => subject.startsWith("Action required: "));
  } finally {
    await client.dispose();
  }
  return running;
}

(hasPgBouncer() ? test : test.skip)(
  "serve, worker and commands work through PgBouncer in session mode with its defaults",
  async () => {
    const pooler = await startPgBouncer(processes.database.url);
    try {
      const running = await work({ DATABASE_URL: pooler.url });
      for (const { output } of running) expect(output()).not.toMatch(/"level":[56]0/);
      expect(pooler.log()).not.toContain("unsupported startup parameter");
    } finally {
      await pooler.stop();
    }
  },
);

describe("with a database's certificate of a private authority", () => {
  let postgres: TlsPostgres;
  beforeAll(async () => {
    postgres = await startTlsPostgres();
  });
  afterAll(() => postgres.stop());

  test.each([
    ["NODE_EXTRA_CA_CERTS", () => ({ DATABASE_URL: postgres.url, NODE_EXTRA_CA_CERTS: postgres.authority })],
    ["sslrootcert", () => ({ DATABASE_URL: `${postgres.url}&sslrootcert=${postgres.authority}` })],
  ])("serve, worker and commands work with the authority in %s", async (_where, environment) => {
    await work(environment());
  });

  test.each(["migrate", "serve", "worker", "doctor"])(
    "%s names the settings when the authority is another",
    async (name) => {
      const environment = { ...processes.environment, DATABASE_URL: postgres.url };
      const other = changeover([name], { ...environment, NODE_EXTRA_CA_CERTS: postgres.otherAuthority });
      expect(await other.exit).toBe(1);
      expect(other.output()).toMatch(/certificate.*NODE_EXTRA_CA_CERTS, or as sslrootcert=FILE in DATABASE_URL/s);
    },
  );
});
