import { Command } from "commander";
import { ConfigError, readConfig, type Config } from "../config";
import { checkDatabase } from "./doctor/checkDatabase";
import { checkIssuer } from "./doctor/checkIssuer";
import { checkMail } from "./doctor/checkMail";
import { checkRedis } from "./doctor/checkRedis";
import { checkSecrets } from "./doctor/checkSecrets";
import { checkTrustedDocuments } from "./doctor/checkTrustedDocuments";
import { checkToken } from "./doctor/checkToken";
import { failed, ok, toLine, type Finding } from "./doctor/finding";

/** `changeover doctor`: checks the configuration and every service that it names, a line each, with the cure. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .summary("checks the configuration and every service it needs")
    .description(
      "Checks the environment, every service that it names and the work that waits: a line each, with the cure of what " +
        "is wrong. Exits 1 if one fails; warnings do not count. Changes nothing and sends no mail.",
    )
    .option("--token <JWT>", "also say whether serve would accept this access token, as whom, and why not")
    .action(async ({ token }: { token?: string }) => {
      let failures = 0;
      for await (const findings of examine(process.env, token)) {
        for (const finding of findings) console.log(toLine(finding));
        failures += findings.filter(({ problem, isWarning }) => problem !== null && !isWarning).length;
      }
      if (failures > 0) throw new Error(`${failures} ${failures === 1 ? "check" : "checks"} failed`);
    });
}

/** Checks part by part, and an access token if one is given. Yields the findings of each part. */
export async function* examine(environment: NodeJS.ProcessEnv, token?: string): AsyncGenerator<readonly Finding[]> {
  let config: Config;
  try {
    config = readConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    yield error.problems.map((problem) => failed("configuration", problem, 'docs/operations.md, "Environment"'));
    return;
  }
  yield [ok("configuration"), ...checkSecrets(config)];
  if (config.trustedDocuments !== null) yield checkTrustedDocuments(config.trustedDocuments);
  yield await checkDatabase(config);
  yield await checkMail(config.smtpUrl);
  yield await checkIssuer(config);
  if (config.redisUrl !== null) yield await checkRedis(config.redisUrl);
  if (token !== undefined) yield await checkToken(config, token);
}
