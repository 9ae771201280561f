import { Command } from "commander";
import { createTransport } from "nodemailer";
import { readConfig, type Config } from "../config";
import { createDataSource } from "../db/dataSource";
import { pendingMigrations } from "../db/migrations";
import { checkRedis } from "../db/redisWakeUp";
import { createLogger } from "../logger";
import { discoverKeys } from "../server/accessTokens";
import { messageOf } from "./databaseUrl";

/** `changeover doctor`: checks the configuration and every service that it names, a line each. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .summary("checks the configuration and every service it needs")
    .description(
      "Checks the environment and whether every service that it names answers, a line each; exits 1 if one fails.",
    )
    .action(async () => {
      const config = readConfig(process.env);
      console.log("ok      configuration");
      let failed = 0;
      const checks = checksOf(config);
      for (const [name, check] of Object.entries(checks)) {
        const problem = await check().then(
          () => null,
          (error: unknown) => messageOf(error),
        );
        if (problem !== null) failed += 1;
        console.log(problem === null ? `ok      ${name}` : `FAILED  ${name}: ${problem}`);
      }
      if (failed > 0) throw new Error(`${failed} of ${Object.keys(checks).length} services are not usable`);
    });
}

function checksOf(config: Config): Readonly<Record<string, () => Promise<void>>> {
  const { redisUrl } = config;
  return {
    "database (DATABASE_URL)": () => checkDatabase(config),
    "mail server (SMTP_URL)": () => checkMail(config),
    "issuer's keys (AUTH_ISSUER, AUTH_JWKS_URL)": () => checkIssuer(config),
    ...(redisUrl !== null && { "Redis (REDIS_URL)": () => checkRedis(redisUrl) }),
  };
}

async function checkDatabase({ databaseUrl }: Config): Promise<void> {
  const logger = createLogger("silent", "json");
  const dataSource = createDataSource({ url: databaseUrl, poolSize: 2, logger });
  try {
    await dataSource.initialize();
    const [version] = await dataSource.query<{ number: number }[]>(
      "SELECT current_setting('server_version_num')::integer AS number",
    );
    if ((version?.number ?? 0) < 150_000) throw new Error("it is older than PostgreSQL 15: upgrade it");
    const pending = await pendingMigrations(dataSource);
    if (pending.length > 0) throw new Error(`${pending.length} migrations are pending: run changeover migrate`);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

async function checkMail({ smtpUrl }: Config): Promise<void> {
  const transport = createTransport(smtpUrl, {});
  await transport.verify().finally(() => transport.close());
}

async function checkIssuer({ auth }: Config): Promise<void> {
  const url = auth.jwksUrl ?? (await discoverKeys(auth.issuer));
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}
