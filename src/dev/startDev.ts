import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { startApi, startJobs } from "../app";
import { startOrCleanUp, type Cleanup } from "../cleanup";
import { explainListening } from "../explainListening";
import { httpUrlOf, readConfig, type Config } from "../config";
import { migrate } from "../db/postgres/migrations";
import { requestIdPlaceholder } from "../domain/portals";
import { DatabaseClient } from "../db/postgres/databaseClient";
import { createLogger, type Logger } from "../logger";
import { packageFolder } from "../paths";
import { withoutBlanks, withoutTrailingSlashes } from "../settings";
import { importDirectory } from "../services/directoryImport/importDirectory";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "./postgres/embeddedPostgres";
import { createDevIdentities, type DevPerson } from "./identities";
import { readKeptFile } from "./keptFile";
import { startMailbox } from "./mailbox/mailbox";
import { mailPreviewRoutes } from "./mailbox/mailPreviews";

export interface DevOptions {
  /** Start over with no data. */
  readonly fresh: boolean;
  /** Told, in a sentence, what takes a while. */
  onProgress(message: string): void;
}

export interface Dev {
  readonly url: string;
  readonly databaseUrl: string;
  readonly people: readonly DevPerson[];
  readonly logger: Logger;
  stop(): Promise<void>;
}

const folder = ".changeover";
const demoFolder = join(packageFolder, "demo");

/**
 * Starts everything in this process: PostgreSQL, migrations, demo data, mailbox, API and worker. What the environment
 * says goes before dev's own settings. Throws with the cure when the environment is not usable, before anything
 * starts, and when the port or the data folder is taken.
 */
export async function startDev({ fresh, onProgress }: DevOptions): Promise<Dev> {
  const { host, port: wanted } = devConfig(standIns);
  const port = await freePort(host, wanted);
  try {
    return await startOrCleanUp((cleanup) => openDev(cleanup, { fresh, onProgress }, { host, port }));
  } catch (error) {
    throw explainListening(error, { host, port });
  }
}

async function openDev(
  cleanup: Cleanup,
  { fresh, onProgress }: DevOptions,
  { host, port }: Pick<Config, "host" | "port">,
): Promise<Dev> {
  const directory = resolve(folder);
  await mkdir(directory, { recursive: true, mode: 0o755 });
  onProgress("Starting PostgreSQL …");
  const postgres = await startEmbeddedPostgres({ dataDirectory: join(directory, "postgres"), fresh, onProgress });
  cleanup.add(() => postgres.stop());
  const mails = join(directory, "mail");
  if (fresh) await rm(mails, { recursive: true, force: true });
  const mailbox = await startMailbox({ directory: mails });
  cleanup.add(() => mailbox.stop());
  const config = devConfig({
    url: httpUrlOf(host, port),
    databaseUrl: postgres.urlFor("changeover"),
    smtpUrl: mailbox.smtpUrl,
    formUrlSecret: await secret(join(directory, "form-url-secret")),
    port,
  });
  const logger = createLogger(config.logLevel, config.logFormat);
  await prepareDatabase(config, postgres, logger, onProgress);

  const people = await demoPeople();
  const { issuer, audience, operationsRole } = config.auth;
  const tokens = { issuer, audience, operationsRole };
  const identities = await createDevIdentities({ directory, ...tokens, people: async () => people });
  onProgress("Starting the API and the worker …");
  const routes = [...mailbox.routes, ...mailPreviewRoutes(config.portals), ...identities.routes];
  const api = await startApi(config, logger, { routes, jwks: identities.jwks, hosts: hostsOf(config) });
  cleanup.add(() => api.stop());
  const jobs = await startJobs(config, logger);
  cleanup.add(() => jobs.stop());
  return { url: config.publicUrl, databaseUrl: config.databaseUrl, people, logger, stop: () => cleanup.run() };
}

/** Hosts that browsers may use in addition to loopback ones. */
function hostsOf({ host, publicUrl }: Config): string[] {
  return [host.toLowerCase(), new URL(publicUrl).hostname.replace(/^\[(.*)\]$/, "$1")];
}

/** The port, known to be free now; for 0, one that the system chooses. Throws with the cure when it is taken. */
async function freePort(host: string, port: number): Promise<number> {
  const probe = createServer().listen(port, host);
  await once(probe, "listening").catch((error: unknown) => {
    throw explainListening(error, { host, port });
  });
  const { port: found } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return found;
}

interface DevParts {
  readonly url: string;
  readonly databaseUrl: string;
  readonly smtpUrl: string;
  readonly formUrlSecret: string;
  /** Goes before PORT, which may leave it to the system; null: not chosen yet. */
  readonly port: number | null;
}

/** Stand-ins for parts that are not started yet: a wrong environment is reported before anything starts. */
const standIns: DevParts = {
  url: "http://127.0.0.1",
  databaseUrl: "postgres://127.0.0.1/changeover",
  smtpUrl: "smtp://127.0.0.1",
  formUrlSecret: "-".repeat(32),
  port: null,
};

/** The configuration: the environment, with dev's own settings for the rest. Throws ConfigError with all problems. */
function devConfig({ url, databaseUrl, smtpUrl, formUrlSecret, port }: DevParts): Config {
  const given = withoutBlanks(process.env);
  const portal = `${withoutTrailingSlashes(given["PUBLIC_URL"] ?? url)}/?request=${requestIdPlaceholder}`;
  return readConfig({
    DATABASE_URL: databaseUrl,
    SMTP_URL: smtpUrl,
    MAIL_FROM: "changeover@changeover.example",
    AUTH_ISSUER: `${url}/dev`,
    AUTH_AUDIENCE: "changeover",
    FORM_URL_SECRET: formUrlSecret,
    SANDBOX: "on",
    PLAYGROUND: "on",
    DRAIN_SECONDS: "0",
    LOG_LEVEL: "warn",
    LOG_FORMAT: "pretty",
    CUSTOMER_PORTAL_URL: portal,
    PARTNER_PORTAL_URL: portal,
    OPERATIONS_PORTAL_URL: portal,
    ...given,
    ...(port !== null && { PORT: String(port) }),
  });
}

/** A secret that stays the same between starts. */
async function secret(path: string): Promise<string> {
  return await readKeptFile(path, {
    isWhole: (text) => /^[0-9a-f]{64}$/.test(text),
    make: () => randomBytes(32).toString("hex"),
  });
}

async function prepareDatabase(
  { databaseUrl }: Config,
  postgres: EmbeddedPostgres,
  logger: Logger,
  onProgress: (message: string) => void,
): Promise<void> {
  if (databaseUrl === postgres.urlFor("changeover")) await createDatabase(postgres.url);
  await migrate(databaseUrl, logger);
  const client = new DatabaseClient({
    connectionString: databaseUrl,
    application_name: "changeover dev",
    statementTimeout: 0,
    idleInTransactionTimeout: 0,
  });
  await client.connect();
  try {
    const { rowCount } = await client.query("SELECT FROM customers LIMIT 1");
    if (rowCount !== 0) return;
    onProgress("Loading the demo data …");
    const { problems } = await importDirectory({
      client,
      directory: demoFolder,
      dryRun: false,
      setPartner: false,
      mailDomain: "changeover.example",
      redisUrl: null,
    });
    if (problems.length > 0) throw new Error(`The demo data are not usable: ${problems[0]?.message}`);
  } finally {
    await client.end();
  }
}

async function createDatabase(adminUrl: string): Promise<void> {
  const client = new DatabaseClient({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = 'changeover'");
    if (rowCount === 0) await client.query("CREATE DATABASE changeover");
  } finally {
    await client.end();
  }
}

async function demoPeople(): Promise<DevPerson[]> {
  return JSON.parse(await readFile(join(demoFolder, "people.json"), "utf8")) as DevPerson[];
}
