import { randomBytes } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { createClient, type Client as SocketClient, type ClientOptions } from "graphql-ws";
import WebSocket from "ws";
import { startApi, startJobs, type Running, type RunningApi } from "../../../src/app";
import { readConfig, type Config } from "../../../src/config";
import { createDevIdentities, type DevPerson } from "../../../src/dev/identities";
import { createLogger, type Logger } from "../../../src/logger";
import { packageFolder } from "../../../src/paths";
import type { Timings } from "../../../src/timings";
import { importFolder } from "../data/importFolder";
import { createTestDatabase } from "../data/testDatabase";
import { startTestMailbox, type TestMailbox } from "../network/testMailbox";
import { keepingLogger } from "./logLines";
import { withClient } from "./testServer";
import { until } from "../until";
import { temporaryFolder } from "../processes/temporaryFolder";

/** People of the demo data, by what they are. */
export const dana = "dana.whitfield@northlight.example";
export const rafael = "rafael.ortega@northlight.example";
export const joan = "joan.petrie@northlight.example";
export const stellan = "stellan.frost@brackwater.example";
export const kim = "kim.lee@harrowgate.example";
export const sam = "sam.okafor@harrowgate.example";
export const elena = "elena.marsh@meridiancloud.example";
/** Answers for a third partner, Juniper & Lane IT: in the directory, but not among those whom the demo offers. */
export const mei = "mei.tan@juniperlane.example";
/** Answers for a fourth, Orchard Street Software. */
export const iris = "iris.vance@orchardstreet.example";
/** Answers for a fifth, Bluefen Resellers, which no request names. */
export const marta = "marta.silva@bluefen.example";
/** Play two parts each in the world of the tenancy walk, by rows that are added there. */
export const lena = "lena.brand@juniperlane.example";
export const otto = "otto.vale@meridiancloud.example";
/** Has a token and no part in anything. */
export const nobody = "no.body@elsewhere.example";
export const operator = "ops.morgan@changeover.example";
/** A second one, who is not among the demo's people. */
export const otherOperator = "ops.reyes@changeover.example";

/** For tests that ask more than any person may. */
export const unlimited = { RATE_LIMIT_POINTS: "off", RATE_LIMIT_ADDRESS_POINTS: "off", RATE_LIMIT_LOOKUPS: "off" };

export interface GraphqlAnswer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into freely
  readonly data: any;
  readonly errors?: readonly { message: string; path?: unknown[]; extensions: Record<string, unknown> }[];
}

/** A node of an installation, and how people ask it. */
export interface TestNode extends RunningApi {
  /** Asks as a person; null: without a token. */
  ask(email: string | null, query: string, variables?: Record<string, unknown>): Promise<GraphqlAnswer>;
  /** Asks with a token. */
  askWith(token: string | null, query: string, variables?: Record<string, unknown>): Promise<GraphqlAnswer>;
  /** The data of an answer that must hold no GraphQL errors. */
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into freely
  data(email: string, query: string, variables?: Record<string, unknown>): Promise<any>;
  /** A stock graphql-ws client of a person. Dispose of it at the end. */
  socket(email: string, options?: Partial<ClientOptions>): SocketClient;
}

/** A Changeover of its own for a test file: API, worker and mailbox on a database with the demo data. */
export interface TestApi extends TestNode {
  readonly config: Config;
  readonly mailbox: TestMailbox;
  tokenFor(email: string, expiresInSeconds?: number): Promise<string>;
  /** Rows of the test's database. */
  rows<Row extends object>(statement: string, values?: unknown[]): Promise<Row[]>;
  /** Forgets all requests and what followed from them, save for what the directory took over. */
  clearRequests(): Promise<void>;
  /**
   * Waits until every event so far can be read in the feed: it stays behind any transaction that still writes, on the
   * whole PostgreSQL server, which test files share.
   */
  feedSettled(): Promise<void>;
  /** The cursor of now: after every event so far, before every event to come. */
  feedNow(email: string): Promise<string>;
  startWorker(databaseUrl?: string): Promise<Running>;
  /** Another node of the same installation, with its own time limits where they matter. */
  startNode(timings?: Partial<Timings>, databaseUrl?: string): Promise<TestNode>;
}

export interface TestApiOptions {
  /** Off where the test wants to look at what is queued. */
  readonly worker?: boolean;
  readonly environment?: NodeJS.ProcessEnv;
  /** Time limits of all nodes; the usual ones where absent. */
  readonly timings?: Partial<Timings>;
  readonly logger?: Logger;
  /** The keys of tokens are fetched from AUTH_ISSUER. Nobody can be asked as then, only with a token of that issuer. */
  readonly remoteKeys?: boolean;
}

export async function startTestApi({
  worker = true,
  environment = {},
  timings = {},
  logger: given,
  remoteKeys = false,
}: TestApiOptions = {}): Promise<TestApi> {
  const { logger, errorOf } = given === undefined ? errorLogger() : { logger: given, errorOf: () => "" };
  const database = await createTestDatabase();
  const mailbox = await startTestMailbox();
  const directory = await temporaryFolder();
  const usual = testConfig({ DATABASE_URL: database.url, SMTP_URL: mailbox.smtpUrl, ...environment });
  const config = { ...usual, timings: { ...usual.timings, ...timings } };
  await loadDemoData(database.url);
  const { issuer, audience } = config.auth;
  const identities = await createDevIdentities({ directory, issuer, audience, people: demoPeople });
  const { jwks, tokenFor } = identities;
  const startNode = async (more: Partial<Timings> = {}, databaseUrl = config.databaseUrl): Promise<TestNode> => {
    const ownConfig = { ...config, databaseUrl, timings: { ...config.timings, ...more } };
    const node = await startApi(ownConfig, logger, remoteKeys ? undefined : { routes: [], jwks });
    return { ...node, ...askingAt(node.url, tokenFor, errorOf) };
  };
  const api = await startNode();
  const startWorker = (databaseUrl = config.databaseUrl) => startJobs({ ...config, databaseUrl }, logger);
  const jobs = worker ? await startWorker() : null;

  const rows: TestApi["rows"] = (statement, values) =>
    withClient(database.url, async (client) => (await client.query(statement, values)).rows);
  const feedSettled = () =>
    withClient(database.url, async (client) => {
      const behind = `SELECT FROM cocp_events
        WHERE transaction_id >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint`;
      await until(async () => (await client.query(behind)).rowCount === 0);
    });
  return {
    ...api,
    config,
    mailbox,
    tokenFor,
    rows,
    clearRequests: async () => void (await rows(forgetRequests)),
    feedSettled,
    async feedNow(email) {
      await feedSettled();
      return (await api.data(email, "{ cocpRecords(first: 1) { feedCursor } }")).cocpRecords.feedCursor;
    },
    startWorker,
    startNode,
    async stop() {
      await jobs?.stop();
      await api.stop();
      await mailbox.stop();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A logger that keeps errors, so that a masked error can be shown with the test that it fails. */
function errorLogger(): { logger: Logger; errorOf: (answer: string) => string } {
  const level = process.env["TEST_LOG_LEVEL"];
  if (level !== undefined) return { logger: createLogger(level, "json"), errorOf: () => "" };
  const { logger, lines } = keepingLogger("error");
  const errorOf = (answer: string) =>
    lines
      .filter(({ errorId }) => typeof errorId === "string" && answer.includes(errorId))
      .map((line) => `\n${JSON.stringify(line)}`)
      .join("");
  return { logger, errorOf };
}

/** How people ask the node at a URL. */
function askingAt(
  url: string,
  tokenFor: TestApi["tokenFor"],
  errorOf: (answer: string) => string,
): Omit<TestNode, "url" | "stop"> {
  const askWith: TestNode["askWith"] = async (token, query, variables) => {
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (token !== null) headers["authorization"] = `Bearer ${token}`;
    const body = JSON.stringify({ query, variables });
    const response = await fetch(`${url}/graphql`, { method: "POST", headers, body });
    // What is left of the budget differs from answer to answer.
    const { extensions: _, ...answer } = (await response.json()) as GraphqlAnswer & { extensions?: object };
    return { ...answer, status: response.status };
  };
  const ask: TestNode["ask"] = async (email, query, variables) =>
    askWith(email === null ? null : await tokenFor(email), query, variables);
  const data: TestNode["data"] = async (email, query, variables) => {
    const { data: answer, errors } = await ask(email, query, variables);
    if (errors !== undefined) {
      const text = JSON.stringify(errors);
      throw new Error(`${text}${errorOf(text)}`);
    }
    return answer;
  };
  const socket: TestNode["socket"] = (email, options) =>
    createClient({
      url: `${url.replace(/^http/, "ws")}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: async () => ({ authorization: `Bearer ${await tokenFor(email)}` }),
      ...options,
    });
  return { ask, askWith, data, socket };
}

/** The event log is final: its owner alone can take the guard away for a moment. */
const forgetRequests = `
  ALTER TABLE cocp_events DISABLE TRIGGER cocp_events_are_final;
  TRUNCATE cocp_requests CASCADE;
  ALTER TABLE cocp_events ENABLE TRIGGER cocp_events_are_final;
  DELETE FROM graphile_worker._private_jobs;`;

function testConfig(environment: NodeJS.ProcessEnv): Config {
  return readConfig({
    PORT: "0",
    DRAIN_SECONDS: "0",
    PUBLIC_URL: "http://127.0.0.1:4000",
    MAIL_FROM: "changeover@changeover.example",
    AUTH_ISSUER: "http://127.0.0.1:4000/dev",
    AUTH_AUDIENCE: "changeover",
    FORM_URL_SECRET: randomBytes(32).toString("hex"),
    RATE_LIMIT_INVITATIONS: "off", // tests invite few contacts often
    ...environment,
  });
}

/** The demo directory, as `changeover import demo` loads it. */
export async function loadDemoData(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const directory = join(packageFolder, "demo");
    const { problems } = await importFolder(client, directory);
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
  });
}

async function demoPeople(): Promise<DevPerson[]> {
  const people = JSON.parse(await readFile(join(packageFolder, "demo/people.json"), "utf8")) as DevPerson[];
  return [
    ...people,
    { email: mei, displayName: "Mei Tan", roles: ["PARTNER_USER"], pcn: "PCN-4411290" },
    { email: otherOperator, displayName: "Ops Reyes", roles: ["OPERATIONS"], pcn: null },
    { email: iris, displayName: "Iris Vance", roles: ["PARTNER_USER"], pcn: "PCN-4411523" },
    { email: marta, displayName: "Marta Silva", roles: ["PARTNER_USER"], pcn: "PCN-4410744" },
    { email: lena, displayName: "Lena Brand", roles: ["ENTERPRISE_ADMIN", "PARTNER_USER"], pcn: "PCN-4411290" },
    { email: otto, displayName: "Otto Vale", roles: ["ENTERPRISE_ADMIN", "PARTNER_USER"], pcn: "PCN-4410512" },
    { email: nobody, displayName: "No Body", roles: [], pcn: null },
  ];
}
