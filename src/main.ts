#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { devCommand } from "./cli/devCommand";
import { doctorCommand } from "./cli/doctorCommand";
import { importCommand } from "./cli/importCommand";
import { mailCommand } from "./cli/mailCommand";
import { migrateCommand } from "./cli/migrateCommand";
import { schemaCommand } from "./cli/schemaCommand";
import { serveCommand } from "./cli/serveCommand";
import { endWithOutput } from "./cli/output";
import { workerCommand } from "./cli/workerCommand";
import { packageVersion } from "./paths";

const success = 0;
const failure = 1;
const badUsage = 2;

/** The command line. Exits 0 on success, 1 on failure with one clear line on standard error, 2 on bad usage. */
async function main(): Promise<number> {
  endWithOutput();
  const program = new Command("changeover")
    .description("Changes of channel partner (COCP) under a Microsoft Enterprise Agreement: a GraphQL API server.")
    .version(packageVersion())
    .option("--verbose", "print the stack of an error")
    .addHelpText("after", "\nTo try it: changeover dev\n");
  const commands = [
    devCommand,
    serveCommand,
    workerCommand,
    migrateCommand,
    importCommand,
    mailCommand,
    schemaCommand,
    doctorCommand,
  ];
  for (const create of commands) program.addCommand(create());
  exitByThrowing(program);
  try {
    await program.parseAsync();
    return success;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? success : badUsage;
    tell(error, program.opts<{ verbose?: boolean }>().verbose ?? false);
    return failure;
  }
}

/** commander would end the process itself, with 1 for bad usage. */
function exitByThrowing(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) exitByThrowing(child);
}

function tell(error: unknown, verbose: boolean): void {
  if (process.stdout.errored) return; // reported already
  if (verbose && error instanceof Error) console.error(error);
  else console.error(`changeover: ${error instanceof Error ? error.message : String(error)}`);
}

/** Ends the process once its output is written: connections that are still being made would keep it for seconds. */
function end(code: number): void {
  process.stdout.write("", () => setImmediate(() => process.exit(code)));
}

void main().then(end);
