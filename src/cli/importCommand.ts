import { SingleBar } from "cli-progress";
import { Command } from "commander";
import { readImportConfig } from "../config";
import { AgreementChannel, AgreementProgram, AgreementStatus, BillingAccountRole } from "../domain/model";
import { errorCode } from "../errorCode";
import { domainOf } from "../mail/mailTransport";
import { importDirectory, type ImportReport } from "../services/directoryImport/importDirectory";
import { importFiles } from "../services/directoryImport/importFiles";
import { formatProblem } from "../services/directoryImport/importProblems";
import type { ImportProgress } from "../services/directoryImport/importRows";
import { connectToDatabase } from "./databaseUrl";

interface Options {
  readonly dryRun?: boolean;
  readonly setPartner?: boolean;
}

/**
 * `changeover import DIR`: loads the directory's CSV files into the database of DATABASE_URL. The action throws an
 * Error with one line when it fails, after printing the bad rows to standard error; progress goes there too.
 */
export function importCommand(): Command {
  return new Command("import")
    .summary("loads customers, partners and billing accounts from CSV files")
    .description(
      "Loads the CSV files of DIR into the database that DATABASE_URL names, all or nothing: one bad row stops it all, " +
        "and every bad row is reported. A row whose key exists updates it; only an empty role or pcn of a user removes one.",
    )
    .argument("<DIR>", "directory with one or more of the files below")
    .option("--dry-run", "check the files and report what would change, without changing it")
    .option("--set-partner", "give existing accounts the partner of record of their row, undoing completed changes")
    .addHelpText("after", helpOnFiles())
    .action(runImport);
}

async function runImport(directory: string, { dryRun = false, setPartner = false }: Options): Promise<void> {
  const { databaseUrl, mailFrom, redisUrl } = readImportConfig(process.env);
  const client = await connectToDatabase("changeover import", databaseUrl);
  let lost = false;
  // Without a listener a lost connection would end the process; the query under way fails too.
  client.on("error", () => {
    lost = true;
  });
  const display = process.stderr.isTTY ? new ProgressBar() : new ProgressLines();
  try {
    const report = await importDirectory({
      client,
      directory,
      dryRun,
      setPartner,
      mailDomain: mailFrom === null ? "changeover.invalid" : domainOf(mailFrom),
      redisUrl,
      onProgress: (progress) => display.show(progress),
    });
    display.stop();
    if (report.problemCount > 0) throw new Error(tellProblems(report));
    tellResult(report, dryRun);
    if (report.notified === false)
      process.stderr.write("Redis (REDIS_URL) was not notified: subscribers follow in a second\n");
  } catch (error) {
    throw lost
      ? new Error("lost the connection to the database: run the import again", { cause: error })
      : explain(error);
  } finally {
    display.stop();
    await client.end();
  }
}

/** A missing table is the one error of the database that has a cure the message does not tell. */
function explain(error: unknown): unknown {
  if (errorCode(error) !== "42P01") return error;
  return new Error("the database has no directory tables yet: run `changeover migrate` first", { cause: error });
}

class ProgressBar {
  private readonly bar = new SingleBar({
    format: "{file} {bar} {percentage}% {rows} rows",
    stream: process.stderr,
    hideCursor: true,
  });

  show({ file, phase, rows, bytesRead, totalBytes }: ImportProgress): void {
    const name = file.padEnd(fileWidth);
    if (phase === "loading") {
      process.stderr.write(`${name} loading\n`);
      return;
    }
    if (!this.bar.isActive) this.bar.start(totalBytes, 0, { file: name, rows: 0 });
    this.bar.update(bytesRead, { file: name, rows });
    if (phase === "read") this.bar.stop();
  }

  stop(): void {
    this.bar.stop();
  }
}

/** One line a file and phase, and one every five seconds within. */
class ProgressLines {
  private lastAt = Date.now();

  show({ file, phase, rows, bytesRead, totalBytes }: ImportProgress): void {
    if (phase === "reading" && Date.now() - this.lastAt < 5000) return;
    this.lastAt = Date.now();
    const part = phase === "reading" ? ` ${Math.floor((100 * bytesRead) / totalBytes)} %` : "";
    process.stderr.write(`${file}: ${phase}${part}, ${rows} rows\n`);
  }

  stop(): void {}
}

const fileWidth = Math.max(...importFiles.map(({ name }) => name.length));

/** Prints the bad rows and answers the line that sums them up. */
function tellProblems({ problems, problemCount }: ImportReport): string {
  const more = problemCount - problems.length;
  const lines = problems.map(formatProblem);
  if (more > 0) lines.push(`and ${more} more`);
  process.stderr.write(`${lines.join("\n")}\n`);
  return `nothing was imported: ${problemCount} ${problemCount === 1 ? "problem" : "problems"} in the files`;
}

function tellResult({ files, partnersLeftAlone, partnersLeftAloneCount }: ImportReport, dryRun: boolean): void {
  const cells = [
    ["file", "rows", "added", "changed", "removed", "unchanged"],
    ...files.map(({ file, rows, inserted, updated, removed, unchanged }) =>
      [file, rows, inserted, updated, removed, unchanged].map(String),
    ),
  ];
  const lines = cells.map(
    ([name = "", ...counts]) => name.padEnd(fileWidth) + counts.map((count) => count.padStart(11)).join(""),
  );
  for (const { line, accountNumber, partnerOfRecord, partnerInFile } of partnersLeftAlone) {
    const message = `account ${accountNumber} keeps its partner of record ${partnerOfRecord}, not ${partnerInFile}`;
    lines.push(formatProblem({ file: "billing_accounts.csv", line, column: "partner_pcn", message }));
  }
  const more = partnersLeftAloneCount - partnersLeftAlone.length;
  if (more > 0) lines.push(`and ${more} more`);
  if (partnersLeftAloneCount > 0)
    lines.push("A partner of record of an existing account is changed only with --set-partner.");
  lines.push(dryRun ? "Dry run: nothing was changed." : "Imported.");
  process.stdout.write(`${lines.join("\n")}\n`);
}

function helpOnFiles(): string {
  const files = importFiles.map(
    ({ name, row, example }) => `${name}\n  ${Object.keys(row.shape).join(",")}\n  ${example}`,
  );
  return `
Files: CSV (RFC 4180) in UTF-8 with a header line, columns in any order. Each with its columns and a row:

${files.join("\n\n")}

true or false: allowed, reseller, software_advisor, enterprise_direct_support, can_respond
program: ${Object.keys(AgreementProgram).join(", ")}
agreement_status: ${Object.keys(AgreementStatus).join(", ")}
channel: ${Object.keys(AgreementChannel).join(", ")}
role: ${Object.keys(BillingAccountRole).join(", ")}
dates: calendar dates such as 2027-02-20
empty role, or empty pcn of a partner user: takes the right of that row away
may be empty: notification_address, and bill_to_pcn when the customer itself is billed
partner_pcn: the partner of record of a new account; an existing one keeps its own without --set-partner

Example: DATABASE_URL=postgres://127.0.0.1/changeover changeover import demo --dry-run
`;
}
