import { act, actOnAll, initiate, proposal, submit } from "../support/api/changes";
import {
  dana,
  kim,
  operator,
  startTestApi,
  unlimited,
  type GraphqlAnswer,
  type TestApi,
  type TestNode,
} from "../support/api/testApi";
import { startTcpProxy } from "../support/network/tcpProxy";
import { serverUrl, withClient } from "../support/api/testServer";
import { createDataSource } from "../../src/db/postgres/dataSource";
import { createLogger } from "../../src/logger";
import { until } from "../support/until";
import { watchFeed } from "../support/api/watchFeed";

/**
 * Connections to PostgreSQL that end, that fall silent, and that lead to a server without writes or with settings of
 * its own.
 */

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false, environment: unlimited });
});
afterEach(() => api.clearRequests());
afterAll(() => api.stop());

const list = "{ cocpRecords { totalCount } }";
const isBusy = ({ errors }: GraphqlAnswer) =>
  errors?.[0]?.extensions["code"] === "SERVICE_UNAVAILABLE" && Number(errors[0].extensions["retryAfter"]) > 0;
const readyz = async (node: TestNode) => await fetch(`${node.url}/readyz`);
const databaseName = () => new URL(api.config.databaseUrl).pathname.slice(1);
const endSessions = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`;

test("sessions that end at any moment, also while they open, end no process, and each request that fails can be sent again", async () => {
  const { signal, stop } = stoppable();
  const answers: GraphqlAnswer[] = [];
  const clients = Array.from({ length: 25 }, async () => {
    while (!signal.aborted) answers.push(await api.ask(dana, list));
  });
  for (let round = 0; round < 20; round += 1) {
    await api.rows(endSessions);
    const seen = answers.length;
    await until(() => answers.length > seen + 10);
  }
  stop();
  await Promise.all(clients);
  expect(answers.filter((answer) => answer.status !== 200 && !isBusy(answer))).toEqual([]);
  await until(async () => (await api.ask(dana, list)).status === 200);
});

function stoppable() {
  const stopping = new AbortController();
  return { signal: stopping.signal, stop: () => stopping.abort() };
}

describe("a line to the database that is dead without a word", () => {
  const timings = { statement: 500, connection: 300, feedRead: 300, notificationCheck: 300, healthCache: 0 };

  test("fails requests with a code to try again, makes the node unready, and hides no event once it is well", async () => {
    const proxy = await startTcpProxy(api.config.databaseUrl);
    const node = await api.startNode(timings, proxy.url);
    const { requestId, recordIds } = await submit(api);
    const client = node.socket(kim);
    try {
      const feed = watchFeed(client, { after: await api.feedNow(kim) });
      await until(async () => (await node.ask(kim, list)).status === 200);
      await actOnAll(api, kim, "acceptCocp", { requestId });
      await feed.until(1);
      proxy.swallow();
      proxy.freeze();
      const answers = await Promise.all(Array.from({ length: 25 }, () => node.ask(dana, list)));
      expect(answers.filter((answer) => !isBusy(answer))).toEqual([]);
      expect((await readyz(node)).status).toBe(503);
      await actOnAll(api, operator, "startCocpReview", { recordIds });
      proxy.thaw();
      await feed.until(2);
      expect(feed.types()).toEqual(["ACCEPTED", "REVIEW_STARTED"]);
      await until(async () => (await node.ask(dana, list)).status === 200 && (await readyz(node)).status === 200);
    } finally {
      await client.dispose();
      await node.stop();
      await proxy.stop();
    }
  });

  test("costs the requests after the first none of their time: the other connections are not used again", async () => {
    const proxy = await startTcpProxy(api.config.databaseUrl);
    const node = await api.startNode(timings, proxy.url);
    try {
      await Promise.all(Array.from({ length: 25 }, () => node.ask(dana, list)));
      proxy.freeze();
      expect(isBusy(await node.ask(dana, list))).toBe(true);
      for (let time = 0; time < 10; time += 1) expect((await node.ask(dana, list)).status).toBe(200);
    } finally {
      await node.stop();
      await proxy.stop();
    }
  });
});

test("a database that takes no writes makes the node unready and fails mutations with a code to try again, until it takes them again", async () => {
  const { requestId } = await submit(api);
  const node = await api.startNode({ healthCache: 0 });
  try {
    await api.rows(`ALTER DATABASE ${databaseName()} SET default_transaction_read_only = on; ${endSessions}`);
    await until(async () => (await readyz(node)).status === 503);
    expect(await (await readyz(node)).json()).toMatchObject({ checks: { database: { ok: false } } });
    expect(isBusy(await node.ask(kim, accept, { requestId }))).toBe(true);
    await api.rows(`BEGIN READ WRITE; ALTER DATABASE ${databaseName()} RESET default_transaction_read_only; COMMIT`);
    await until(async () => (await readyz(node)).status === 200);
    expect(await act({ ...api, ...node }, kim, "acceptCocp", { requestId })).toMatchObject({ userErrors: [] });
  } finally {
    await node.stop();
  }
});

const accept = `mutation ($requestId: String!) { acceptCocp(input: { requestId: $requestId }) { userErrors { code } } }`;

test("connections to a server that became read-only under them are not used again", async () => {
  const dataSource = createDataSource({
    url: api.config.databaseUrl,
    poolSize: 3,
    logger: createLogger("silent", "json"),
  });
  await dataSource.initialize();
  const pids = async () => {
    const rows = await Promise.all(
      [1, 2, 3].map(() => dataSource.query("SELECT pg_backend_pid() AS pid, pg_sleep(0.1)")),
    );
    return rows.map((row: { pid: number }[]) => row[0]?.pid);
  };
  try {
    const before = await pids();
    await dataSource.query("SET default_transaction_read_only = on");
    const write = () =>
      dataSource.query("CREATE TEMPORARY TABLE scratch (); DROP TABLE scratch; DELETE FROM rate_limits");
    await until(
      async () =>
        await write().then(
          () => false,
          (error: { code?: string }) => error.code === "25006",
        ),
    );
    const after = await pids();
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    await write();
  } finally {
    await dataSource.destroy();
  }
});

/** Settings that would change values, comparisons or time limits, and what each session has instead. */
const hostile = {
  datestyle: ["German, DMY", "ISO, YMD"],
  intervalstyle: ["sql_standard", "postgres"],
  extra_float_digits: ["-15", "1"],
  timezone: ["Pacific/Kiritimati", "UTC"],
  bytea_output: ["escape", "hex"],
  standard_conforming_strings: ["off", "on"],
  array_nulls: ["off", "on"],
  transform_null_equals: ["on", "off"],
  quote_all_identifiers: ["on", "off"],
  gin_fuzzy_search_limit: ["1", "0"],
  default_transaction_isolation: ["serializable", "read committed"],
  default_transaction_deferrable: ["on", "off"],
  client_encoding: ["LATIN1", "UTF8"],
  statement_timeout: ["1", "5s"],
  lock_timeout: ["1", "4s"],
  idle_session_timeout: ["50", "0"],
  idle_in_transaction_session_timeout: ["1", "10s"],
  search_path: ["elsewhere, pg_catalog, public", "public"],
  timezone_abbreviations: ["India", "Default"],
  xmlbinary: ["hex", "base64"],
  xmloption: ["document", "content"],
  backslash_quote: ["off", "safe_encoding"],
  default_text_search_config: ["pg_catalog.german", "pg_catalog.simple"],
  row_security: ["off", "on"],
  exit_on_error: ["on", "off"],
  restrict_nonsystem_relation_kind: ["view", ""],
  session_replication_role: ["replica", "origin"],
  plan_cache_mode: ["force_custom_plan", "force_generic_plan"],
} as const;

/** Settings of the same categories that change no value, no comparison and no rows, or that a database cannot set. */
const operatorsOwn = {
  "messages, which nothing reads": ["lc_messages", "client_min_messages", "escape_string_warning"],
  "read in the session: one that takes no writes is not used": ["default_transaction_read_only"],
  "of one transaction": ["transaction_deferrable", "transaction_isolation", "transaction_read_only"],
  storage: [
    "default_table_access_method",
    "default_tablespace",
    "default_toast_compression",
    "gin_pending_list_limit",
    "temp_tablespaces",
  ],
  "vacuum, which is no session of ours": [
    "vacuum_failsafe_age",
    "vacuum_freeze_min_age",
    "vacuum_freeze_table_age",
    "vacuum_max_eager_freeze_failure_rate",
    "vacuum_multixact_failsafe_age",
    "vacuum_multixact_freeze_min_age",
    "vacuum_multixact_freeze_table_age",
    "vacuum_truncate",
  ],
  "libraries of the server": [
    "dynamic_library_path",
    "extension_control_path",
    "local_preload_libraries",
    "session_preload_libraries",
  ],
  "no function, collation, large object or event trigger is ours": [
    "check_function_bodies",
    "lo_compat_privileges",
    "createrole_self_grant",
    "event_triggers",
    "icu_validation_level",
  ],
  "the order of rows without ORDER BY": ["synchronize_seqscans"],
  "set where they differ": ["restrict_nonsystem_relation_kind", "session_replication_role", "transaction_timeout"],
};

test("each setting that a client may change is the same in every session, or has a reason why it need not be", async () => {
  const source = createDataSource({ url: api.config.databaseUrl, poolSize: 1, logger: createLogger("silent", "json") });
  try {
    await source.initialize();
    const rows: { name: string }[] = await source.query(`SELECT name FROM pg_settings
      WHERE context IN ('user', 'superuser') AND source <> 'session'
        AND (category ~ '^(Client Connection Defaults|Version and Platform Compatibility) ' OR category = 'Error Handling')
      ORDER BY name`);
    const excepted = Object.values(operatorsOwn).flat();
    expect(rows.map(({ name }) => name).filter((name) => !excepted.includes(name))).toEqual([]);
  } finally {
    await source.destroy();
  }
});

test("settings of the database change no value, no comparison and no time limit of ours", async () => {
  const name = databaseName();
  const set = Object.entries(hostile).map(
    ([setting, [value]]) =>
      `ALTER DATABASE ${name} SET ${setting} = ${setting === "search_path" ? value : `'${value}'`}`,
  );
  const input = await proposal(api); // by a connection of the test, which the settings would apply to
  await api.rows(`CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.cocp_records (id uuid); ${set.join("; ")}`);
  const [dataSource, logger] = [{ url: api.config.databaseUrl, poolSize: 1 }, createLogger("silent", "json")];
  const source = createDataSource({ ...dataSource, logger });
  const node = await api.startNode();
  try {
    await source.initialize();
    const names = Object.keys(hostile);
    const [shown] = await source.query(
      `SELECT ${names.map((setting) => `current_setting('${setting}') AS ${setting}`).join(", ")}`,
    );
    expect(shown).toEqual(Object.fromEntries(Object.entries(hostile).map(([setting, [, own]]) => [setting, own])));
    const { request } = await initiate(node, dana, input);
    const requestId = request?.requestId ?? "";
    const query =
      "query ($id: String!) { cocpRequest(requestId: $id) { submittedAt expiresAt records { effectiveDate } } }";
    const through = await node.data(dana, query, { id: requestId });
    expect(through).toEqual(await api.data(dana, query, { id: requestId }));
    expect(await act({ ...api, ...node }, kim, "acceptCocp", { requestId })).toMatchObject({ userErrors: [] });
  } finally {
    await node.stop();
    await source.destroy();
    await withClient(serverUrl(), (client) => client.query(`ALTER DATABASE ${name} RESET ALL`));
    await api.rows("DROP SCHEMA elsewhere CASCADE");
  }
});
