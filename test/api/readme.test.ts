import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { packageFolder } from "../../src/paths";
import { reserveLine } from "../support/network/line";
import { dana, kim, operator, startTestApi, type TestApi } from "../support/api/testApi";
import { waitFor } from "../support/waitFor";

let api: TestApi;
let watcher: Watcher | null = null;

beforeEach(async () => {
  api = await startTestApi({ environment: { SANDBOX: "on" } }); // as in dev
});
afterEach(async () => {
  await watcher?.stop();
  watcher = null;
  await api.stop();
});

test("the story of the README runs on the demo data as it is told", async () => {
  const readme = readFileSync(join(packageFolder, "README.md"), "utf8");
  const blocks = [...readme.slice(readme.indexOf("## The story")).matchAll(/^```(\w+)\n(.*?)^```$/gms)];
  const told = new Telling();
  let answer: unknown;
  for (const [, language, text = ""] of blocks) {
    if (language === "graphql") {
      await api.feedSettled(); // so that a feedCursor in the answer lies behind what was told before
      answer = byAccount(await api.data(personOf(text), told.here(text)));
    } else if (language === "json") expect(answer).toEqual(told.check(JSON.parse(text), answer));
    else if (language === "sh") watcher = await watch(watcher, told.here(text));
    else if (text.startsWith("To:")) await expectMail(text);
    else await expectLines(text, told);
  }
  expect(blocks.length).toBeGreaterThan(10);
});

/** The person in an operation's first line: `# As somebody@example.com`. */
function personOf(operation: string): string {
  const email = /^# As (\S+)$/m.exec(operation)?.[1];
  if (email === undefined) throw new Error(`Nobody is named in ${operation}`);
  return email;
}

interface ListOfRecords {
  readonly cocpRecords?: { readonly nodes: { readonly billingAccount: { readonly accountNumber: string } }[] };
}

/** Records that were submitted at one moment come in no particular order: the document has them by account number. */
function byAccount(answer: ListOfRecords): ListOfRecords {
  const numberOf = ({ billingAccount }: { billingAccount: { accountNumber: string } }) => billingAccount.accountNumber;
  answer.cocpRecords?.nodes.sort((one, other) => numberOf(one).localeCompare(numberOf(other)));
  return answer;
}

/**
 * What differs from run to run. Ids, Request IDs and cursors are the same wherever they recur; times are only times.
 */
const names = /\b(?:acc|rec|req|evt|ptn|cus|ntf)_[\w-]{22}|COCP-\w{4}-\w{4}|WyJ[\w-]+/g;
const times = /\d{4}-\d\d-\d\dT[\d:.]+Z|\d{4}-\d\d-\d\d(?!\d)/g;

/** Ties the names in the document to those of this run. */
class Telling {
  private readonly ours = new Map<string, string>();

  /** A text of the document with this run's names. */
  here(text: string): string {
    return text.replace(names, (name) => this.ours.get(name) ?? name);
  }

  /** A value of the document as it must be in this run: with this run's names, new ones learned, and its times. */
  check<Value>(shown: Value, real: unknown): Value {
    const [text, other] = [JSON.stringify(shown), JSON.stringify(real)];
    const theirs = other.match(names) ?? [];
    text.match(names)?.forEach((name, index) => {
      if (!this.ours.has(name)) this.ours.set(name, theirs[index] ?? name);
    });
    const realTimes = other.match(times) ?? [];
    let next = 0;
    return JSON.parse(this.here(text).replace(times, (time) => sameKind(realTimes[next++], time)));
  }
}

/** The real time if it is written as the one shown is, else the one shown. */
function sameKind(real: string | undefined, shown: string): string {
  return real?.length === shown.length ? real : shown;
}

async function expectMail(headers: string): Promise<void> {
  const [, to = "", subject] = /^To: (.+)\nSubject: (.+)\n$/.exec(headers) ?? [];
  const mail = await api.mailbox.waitForMail((message) => message.to.includes(to) && message.subject === subject);
  expect(mail.text).toContain("7701001");
}

interface Watcher {
  readonly lines: string[];
  stop(): Promise<void>;
}

/** Starts the example as the document says, instead of the one that runs. */
async function watch(running: Watcher | null, command: string): Promise<Watcher> {
  await running?.stop();
  const [program, ...args] = command.trim().split(" ");
  expect([program, ...args.slice(0, 3)]).toEqual(["node", "examples/watch.mjs", kim, "http://127.0.0.1:4000"]);
  const child: ChildProcess = spawn(process.execPath, ["examples/watch.mjs", kim, api.url, args[3] ?? ""], {
    cwd: packageFolder,
    env: { ACCESS_TOKEN: await api.tokenFor(kim) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const ended = once(child, "close");
  if (child.stdout) createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  await waitFor("the watcher to connect", async () => lines.shift());
  const stop = async () => {
    child.kill();
    await ended;
  };
  return { lines, stop };
}

async function expectLines(text: string, told: Telling): Promise<void> {
  const shown = text.trim().split("\n");
  await waitFor(`${shown.length} lines`, async () => (watcher?.lines.length ?? 0) >= shown.length);
  expect(watcher?.lines).toEqual(told.check(shown, watcher?.lines));
}

const unusable: [string, () => Promise<string[]>, RegExp][] = [
  ["a cursor that is none", async () => [api.url, "garbage"], /^Invalid cursor/m],
  ["an address where nobody answers", async () => [(await reserveLine(1)).url], /^Nothing answers at http:/m],
];

test.each(unusable)("the watcher says so, and fails, with %s", async (_what, args, message) => {
  const child = spawn(process.execPath, ["examples/watch.mjs", kim, ...(await args())], {
    cwd: packageFolder,
    env: { ACCESS_TOKEN: await api.tokenFor(kim) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
  expect(errors).toMatch(message);
  expect(code).toBe(1);
});

const operationsFolder = join(packageFolder, "playground/operations");
const placeholder = /<(.+?), from (\w+)>/g;

test("the ready operations of the playground run one after the other, filled in as their comments say", async () => {
  const answers = new Map<string, string>();
  const watching = api
    .socket(kim)
    .iterate({ query: readFileSync(join(operationsFolder, "06-watch-live.graphql"), "utf8") });
  const firstEvent = watching.next();
  for (const file of readdirSync(operationsFolder)
    .filter((name) => name.endsWith(".graphql"))
    .sort()) {
    const query = readFileSync(join(operationsFolder, file), "utf8");
    if (/^subscription/m.test(query)) continue;
    const filled = variablesOf(file).replace(placeholder, (_, what, from) => find(what, answers.get(from)));
    const answer = await api.data(who(query), query, JSON.parse(filled));
    expect(JSON.stringify(answer)).not.toMatch(/"userErrors":\[\{/);
    answers.set(/^(?:query|mutation) (\w+)/m.exec(query)?.[1] ?? file, JSON.stringify(answer));
  }
  expect(answers.size).toBe(10);
  expect(answers.get("ReviewAndApprove")).toContain('"status":"IN_GRACE_PERIOD"');
  expect((await firstEvent).value.data.cocpEvents).toMatchObject({ status: "IN_PROGRESS" });
  await watching.return?.();
});

/** The person that an operation's comment names, the customer where it names nobody. */
function who(query: string): string {
  return query.includes("Kim Lee") ? kim : query.includes("Morgan Reyes") ? operator : dana;
}

function variablesOf(file: string): string {
  const json = file.replace(/graphql$/, "json");
  return readdirSync(operationsFolder).includes(json) ? readFileSync(join(operationsFolder, json), "utf8") : "{}";
}

/** What a placeholder stands for, in the answer that it names: a field's value, or the id of what bears a number. */
function find(what: string, answer = ""): string {
  const number = /\b7\d{6}\b/.exec(what)?.[0];
  const field = what.split(".").at(-1);
  const pattern =
    number === undefined ? `"${field}":"([^"]+)"` : `"id":"([^"]+)"(?:(?!"id":).)*"accountNumber":"${number}"`;
  const found = new RegExp(pattern).exec(answer)?.[1];
  if (found === undefined) throw new Error(`The answer has no ${what}: ${answer}`);
  return found;
}
