import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../../../src/dev/postgres/embeddedPostgres";
import { killPostgres } from "../../support/processes/killPostgres";
import { startRedis, type TestRedis } from "../../support/network/redis";
import { startTestSmtpServer, type TestSmtpServer } from "../../support/network/smtpServer";
import { changeover, freePort, startIssuer, type Command } from "../../system/support";
import { unlimited } from "../../support/api/testApi";
import { operator } from "./directory";

/** A process that is killed and started again at the same address. */
export interface Node {
  /** Of the process that runs now. */
  readonly pid: number | undefined;
  start(): Promise<void>;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Ends it as a deployment does. Gives its exit code. */
  terminate(): Promise<number | null>;
  /** What it logged since the beginning. */
  log(): string;
  /** The errors in it. */
  complaints(): string[];
}

export interface Server extends Node {
  readonly url: string;
}

/** Two `serve` and two `worker` processes on one database, with what they need, all of it the test's own. */
export interface Installation {
  readonly databaseUrl: string;
  readonly servers: readonly [Server, Server];
  readonly workers: readonly [Node, Node];
  readonly mails: TestSmtpServer;
  /** Null: PostgreSQL carries the wake-ups. */
  readonly redis: TestRedis | null;
  tokenFor(email: string): Promise<string>;
  /** Ends it as a crash does, with all its processes. */
  killPostgres(): Promise<void>;
  stopPostgres(): Promise<void>;
  /** Starts it again on the same data and port. */
  startPostgres(): Promise<void>;
  /** Where its data is. */
  readonly dataDirectory: string;
  stop(): Promise<void>;
}

const audience = "https://changeover.example";

/** What the processes of one of the two hosts see of the environment. */
export type HostOf = (environment: NodeJS.ProcessEnv, host: 0 | 1) => Promise<NodeJS.ProcessEnv>;

/**
 * Starts all of it on a database with the directory of a folder. Nobody is limited, unless `variables` say otherwise.
 */
export async function startInstallation(
  directory: string,
  withRedis: boolean,
  variables: NodeJS.ProcessEnv = unlimited,
  hostOf: HostOf = async (environment) => environment,
): Promise<Installation> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "changeover-soak-"));
  // Commits are as safe as in production.
  const settings = { max_connections: "100", port: String(await freePort()) };
  let postgres = await startEmbeddedPostgres({ dataDirectory, settings });
  const redis = withRedis ? await startRedis() : null;
  const mails = await startTestSmtpServer();
  const issuer = await startIssuer(audience, [operator]);
  const environment: NodeJS.ProcessEnv = {
    DATABASE_URL: postgres.url,
    SMTP_URL: mails.url,
    MAIL_FROM: "changeover@changeover.example",
    AUTH_ISSUER: issuer.issuer,
    AUTH_AUDIENCE: audience,
    FORM_URL_SECRET: randomBytes(32).toString("hex"),
    ...variables,
    LOG_LEVEL: process.env["TEST_LOG_LEVEL"] ?? "info",
    ...(redis && { REDIS_URL: redis.url }),
  };
  for (const args of [["migrate"], ["import", directory], ["doctor"]]) {
    const command = changeover(args, environment);
    if ((await command.exit) !== 0) throw new Error(command.output());
  }
  const hosts = [await hostOf(environment, 0), await hostOf(environment, 1)] as const;
  const servers = [await server(hosts[0]), await server(hosts[1])] as const;
  const workers = [processNode("worker", hosts[0]), processNode("worker", hosts[1])] as const;
  for (const node of [...servers, ...workers]) await node.start();
  return {
    databaseUrl: postgres.url,
    dataDirectory,
    servers,
    workers,
    mails,
    redis,
    tokenFor: issuer.tokenFor,
    killPostgres: () => killPostgres(postgres.url),
    stopPostgres: () => postgres.stop(),
    async startPostgres() {
      await postgres.stop(); // what kept it, when it was killed
      postgres = await startEmbeddedPostgres({ dataDirectory, settings });
    },
    async stop() {
      for (const node of [...workers, ...servers]) await node.kill();
      await redis?.stop();
      await mails.stop();
      await issuer.stop();
      await postgres.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

async function server(environment: NodeJS.ProcessEnv): Promise<Server> {
  const port = await freePort();
  const node = processNode("serve", { ...environment, PORT: String(port) });
  return Object.assign(node, { url: `http://127.0.0.1:${port}` });
}

function processNode(command: "serve" | "worker", environment: NodeJS.ProcessEnv): Node {
  const runs: Command[] = [];
  const log = () => runs.map((run) => run.output()).join("\n");
  return {
    get pid() {
      return runs.at(-1)?.process.pid;
    },
    async start() {
      const run = changeover([command], environment);
      runs.push(run);
      await run.line(/"(serving|working)"/);
    },
    async kill() {
      runs.at(-1)?.process.kill("SIGKILL");
      await runs.at(-1)?.exit;
    },
    async terminate() {
      runs.at(-1)?.process.kill("SIGTERM");
      return (await runs.at(-1)?.exit) ?? null;
    },
    log,
    complaints: () =>
      log()
        .split("\n")
        .filter((line) => /"level":[56]0/.test(line)),
  };
}
