import { readFileSync } from "node:fs";
import { maxHeaderSize } from "node:http";
import { join } from "node:path";
import { fieldCosts } from "../../src/server/execution/fieldCosts";
import { operationLimits } from "../../src/server/execution/operationLimits";
import { maxConnectionsPerViewer } from "../../src/server/subscriptions/connectionRegistry";
import { rejectedPoints, requestPoints } from "../../src/services/rateLimits";
import { defaultTimings } from "../../src/timings";

/** The figures of the documents are the code's: a change of one fails here until the page has it. */

const root = join(__dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** The number that `name` is set to in a file of `src`, also as a property or a default. Throws when there is none. */
function figure(file: string, name: string): number {
  const found = new RegExp(`\\b${name} ?[=:] ?([\\d_]+(?: \\* [\\d_]+)*)`).exec(read(`src/${file}`))?.[1];
  if (found === undefined) throw new Error(`src/${file} has no number ${name}`);
  return found
    .split(" * ")
    .map((part) => Number(part.replaceAll("_", "")))
    .reduce((product, factor) => product * factor);
}

/** Seconds of a figure in milliseconds. */
const secondsOf = (file: string, name: string) => figure(file, name) / 1_000;
const grouped = (count: number) => count.toLocaleString("en-US");

/** The default of a variable by docs/operations.md, which another test compares with the configuration. */
function variable(name: string): number {
  const found = new RegExp(`\\| \`${name}\` +\\| \`(\\d+)\``).exec(read("docs/operations.md"))?.[1];
  if (found === undefined) throw new Error(`docs/operations.md has no number for ${name}`);
  return Number(found);
}

const limits = operationLimits;
const socket = "server/websocket";
const frames = {
  waiting: figure(`${socket}/frameLimiter.ts`, "maxUnhandledMessages"),
  controls: figure(`${socket}/frameLimiter.ts`, "maxControls"),
  fragments: figure(`${socket}/webSocketEndpoint.ts`, "maxFragments"),
};
const checks = {
  every: secondsOf("server/subscriptions/connectionRegistry.ts", "checkInterval"),
  failed: figure("server/subscriptions/connectionRegistry.ts", "maxFailedChecks"),
};
const silence = `${checks.every * checks.failed} to ${checks.every * (checks.failed + 1)} seconds`;
const firstRetry = figure("server/subscriptions/gracefulClose.ts", "earliestRetry");
const lastRetry = figure("server/subscriptions/gracefulClose.ts", "retryEnd") - 1;
const jobs = figure("jobs/workerRun.ts", "concurrency");

test.each([
  `the body has more than ${figure("server/http/requestBody.ts", "defaultLimit") / 1_000} kB`,
  `more than ${grouped(figure("server/http/httpServer.ts", "maxUrlLength"))} bytes`,
  `the headers have more than ${maxHeaderSize / 1_024} kB`,
  `cut at ${figure("domain/cutText.ts", "maxRepeated")} characters`,
  `A query or mutation may cost ${grouped(limits.cost)} points`,
  `A subscription may cost ${limits.costOfEvent} an event`,
  `${limits.depth} levels, ${limits.fields} fields, the same field ${limits.sameField} times`,
  `${limits.aliases} aliases, ${limits.definitions} operations and fragments, ${limits.rootFields} fields at the top`,
  `of a query, ${limits.mutations} of a mutation`,
  `${grouped(variable("RATE_LIMIT_POINTS"))} in ten seconds`,
  `${rejectedPoints} more`,
  `A form costs ${fieldCosts["CocpForm.sha256"]?.points} points`,
  `${figure("services/forms/formMaker.ts", "maxWaitingPerPerson")} forms of one person may wait`,
  `${variable("RATE_LIMIT_LOOKUPS")} different ones an hour`,
  `${variable("RATE_LIMIT_INVITATIONS")} times an hour`,
  `\`last\` is 1 to ${figure("services/pagination.ts", "maxLimit")}, and ${figure("services/pagination.ts", "defaultLimit")}`,
])("docs/front-end.md says: %s", (statement) => {
  expect(textOf("docs/front-end.md")).toContain(statement);
});

test.each([
  `at most ${figure(`${socket}/socketOperations.ts`, "maxOperationsPerSocket")} operations at once`,
  `for ${silence}`,
  `no \`connection_init\` within ${defaultTimings.connectionInit / 1_000} seconds`,
  `more than ${maxConnectionsPerViewer} sockets and event streams of one person`,
  `more than ${figure(`${socket}/socketOperations.ts`, "maxOperationIdLength")} characters`,
  `more than ${frames.waiting} messages that wait, more than ${frames.controls} pings and pongs in ten seconds`,
  `a message in more than ${frames.fragments} fragments`,
  `larger than ${figure(`${socket}/webSocketEndpoint.ts`, "maxMessageBytes") / 1_024} KiB`,
  `(${firstRetry} to ${lastRetry})`,
])("docs/partner-dashboard.md says: %s", (statement) => {
  expect(textOf("docs/partner-dashboard.md")).toContain(statement);
});

test.each([
  `more than ${frames.waiting} of its messages wait, or after ${frames.controls} pings and pongs in ten seconds`,
  `pays from \`RATE_LIMIT_ADDRESS_POINTS\` ${requestPoints} point for each request`,
  `and ${rejectedPoints} more for each request`,
  `${grouped(figure(`${socket}/webSocketEndpoint.ts`, "floodPoints"))} for one that is closed with 1008`,
  `a comment on an event stream every ${secondsOf("server/sse/eventStreamEndpoint.ts", "heartbeatInterval")}`,
  `\`DATABASE_POOL_SIZE\`, ${jobs + 2} for its jobs`,
  `A statement of a request ends after ${defaultTimings.statement / 1_000} seconds`,
  `a statement of a job after ${secondsOf("app.ts", "jobStatementTimeout")}`,
  `an idle transaction after ${secondsOf("db/postgres/databaseClient.ts", "usualIdleInTransactionTimeout")}`,
  `waited ${defaultTimings.connection / 1_000} seconds for a connection`,
  `answers within ${secondsOf("services/readiness.ts", "patience")} seconds`,
  `Requests and operations that have arrived get ${secondsOf("server/http/draining.ts", "answerTime")} seconds`,
  `gives those in hand ${secondsOf("jobs/workerRun.ts", "stopWithin")} seconds`,
  `at most ${figure("server/auth/authenticate.ts", "linesPerSecond")} lines a second`,
  `took more than ${secondsOf("jobs/taskList.ts", "slow")} seconds`,
  `Rejected operations get at most ${figure("server/observability/operationObserver.ts", "rejectedLinesPerSecond")} lines a second`,
  `nothing for ${silence}`,
])("docs/operations.md says: %s", (statement) => {
  expect(textOf("docs/operations.md")).toContain(statement);
});

/** Its text with one space wherever there are several, or a line break. */
const textOf = (path: string) => read(path).replace(/\s+/g, " ");
