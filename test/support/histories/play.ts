import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "pg";
import { importFolder } from "../data/importFolder";
import { act, accountIds, initiate, signatureFor, type UserError } from "../api/changes";
import { operator, type TestApi } from "../api/testApi";
import { refusal, type TestSmtpServer } from "../network/smtpServer";
import { until } from "../until";
import type { Views } from "./invariants";
import { observeRecords, type ObservedRecord } from "./observe";
import { commandOf, type DirectoryChange, type MailAnswer, type RecordCommand, type Step } from "./steps";
import { accountNumber, contactsOf, firstDirectory, operators, pcnOf, toCsv, type Directory, type Row } from "./world";

/** What a step led to. */
export interface Outcome {
  readonly step: Step;
  /** The call that was made, as a person would write it; null where there was nothing to call. */
  readonly call: string | null;
  readonly by: string | null;
  readonly command: RecordCommand | null;
  /** The record that was acted on, as its actor saw it before; null when the actor saw none. */
  readonly before: ObservedRecord | null;
  /** The same record as operations saw it before. */
  readonly known: ObservedRecord | null;
  /** How far the step moved the clock, in hours. */
  readonly hours: number;
  readonly userErrors: readonly UserError[];
  /** Whether the import was taken; false for any other step. */
  readonly imported: boolean;
}

/** The installation that a history is played on, and the directory as the accepted imports left it. */
export interface Stage {
  readonly api: TestApi;
  /** A connection of the history's own. */
  readonly database: Client;
  readonly mailServer: TestSmtpServer;
  readonly directory: Directory;
}

/** Empties the installation and loads the first directory. */
export async function setStage({ api, database, mailServer }: Omit<Stage, "directory">): Promise<Stage> {
  answerMail(mailServer, 250);
  await api.clearRequests();
  const tables = [
    "partners_of_record",
    "billing_account_roles",
    "billing_accounts",
    "partner_users",
    "partners",
    "customers",
    "rate_limits",
  ];
  await database.query(
    tables.map((table) => `DELETE FROM ${table};`).join(" ") + "UPDATE sandbox_clock SET offset_ms = 0",
  );
  const directory = firstDirectory(new Date().toISOString().slice(0, 10));
  const problems = await load(database, directory, false);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return { api, database, mailServer, directory };
}

/** Plays one step as its people would, over the public API and the import. */
export async function play(stage: Stage, step: Step, views: Views): Promise<Outcome> {
  const { api, database } = stage;
  const nothing = {
    step,
    call: null,
    by: null,
    command: null,
    before: null,
    known: null,
    hours: 0,
    userErrors: [],
    imported: false,
  };
  switch (step.do) {
    case "initiate":
      return { ...nothing, ...(await submitRequest(api, step)) };
    case "offered":
      return { ...nothing, ...(await takeOffer(stage, step, views)) };
    case "mail":
      answerMail(stage.mailServer, step.answer);
      return nothing;
    case "advance":
      return { ...nothing, ...(await moveOn(stage, step, views)) };
    case "import": {
      const problems = await change(stage, step.changes, step.setPartner);
      return {
        ...nothing,
        call: `changeover import${step.setPartner ? " --set-partner" : ""}`,
        imported: problems.length === 0,
      };
    }
    case "clock":
      await database.query("UPDATE sandbox_clock SET offset_ms = offset_ms + $1", [Math.round(step.hours * 3_600_000)]);
      return { ...nothing, hours: step.hours };
    case "deadline":
      return { ...nothing, hours: await passDeadline(database, nthRecord(views, step)) };
    case "sweep":
      await sweep(api);
      return nothing;
    case "worker":
      await work(stage);
      return nothing;
    default:
      return { ...nothing, ...(await commandOn(stage, step, views)) };
  }
}

/** Writes down all that has fallen due. */
export async function sweep(api: TestApi): Promise<void> {
  const mutation = "mutation { advanceSandboxClock(input: { minutes: 0 }) { now } }";
  await api.data(operator, mutation);
}

/** Runs a worker until no job is left that could be done now. */
async function work({ api, database }: Stage): Promise<void> {
  const worker = await api.startWorker();
  try {
    const ready = "SELECT FROM graphile_worker._private_jobs WHERE run_at <= now() AND attempts < max_attempts";
    await until(async () => (await database.query(ready)).rowCount === 0);
  } finally {
    await worker.stop();
  }
}

async function submitRequest(api: TestApi, step: Extract<Step, { do: "initiate" }>): Promise<Partial<Outcome>> {
  const numbers = step.accounts.map(accountNumber);
  const changes = (await accountIds(api, numbers)).map((billingAccountId) => ({
    billingAccountId,
    newPartnerPcn: pcnOf(step.partner),
    partnerNotificationContact: contactsOf[step.partner]?.[step.contact] ?? "",
    reason: "OTHER",
  }));
  const userErrors = await errorsOf(async () => {
    const signature = await signatureFor(api, step.by, changes);
    return await initiate(api, step.by, { changes, signature });
  });
  const call = `initiateCocp ${numbers.join(", ")} to ${pcnOf(step.partner)}`;
  return { call, by: step.by, userErrors };
}

const nextMove: Readonly<Record<string, readonly [RecordCommand, "partner" | "operations"] | undefined>> = {
  IN_PROGRESS: ["acceptCocp", "partner"],
  ACCEPTED: ["startCocpReview", "operations"],
  PENDING_MICROSOFT_REVIEW: ["approveCocp", "operations"],
};

async function moveOn(stage: Stage, step: Extract<Step, { do: "advance" }>, views: Views): Promise<Partial<Outcome>> {
  const chosen = nthRecord(views, step);
  let outcome: Partial<Outcome> = {};
  for (let moves = 0; moves < step.moves; moves += 1) {
    // Only the first move meets what `views` show.
    const present = moves === 0 ? views : new Map();
    const record =
      moves === 0 ? chosen : (await recordsOf(stage.api, operator, present)).find(({ id }) => id === chosen?.id);
    const move = nextMove[record?.status ?? ""];
    if (record === null || record === undefined || move === undefined) return outcome;
    const by = move[1] === "operations" ? operators[0] : (contactsOf[partnerOf(record)]?.[0] ?? operator);
    outcome = await command(stage, { name: move[0], by }, record, present);
  }
  return outcome;
}

/**
 * Moves the clock an hour past the instant at which time acts on a record next: no other deadline passes while people
 * read.
 */
async function passDeadline(database: Client, record: ObservedRecord | null): Promise<number> {
  const at = { IN_PROGRESS: record?.request.expiresAt, IN_GRACE_PERIOD: record?.effectiveDate }[record?.status ?? ""];
  if (at === undefined) return 0;
  const { rows } = await database.query<{ hours: number }>(
    `UPDATE sandbox_clock new SET offset_ms = greatest(new.offset_ms,
      3600000 + ceil(extract(epoch FROM $1::timestamptz - clock_timestamp()) * 1000))
    FROM sandbox_clock old RETURNING ((new.offset_ms - old.offset_ms) / 3600000.0)::float8 AS hours`,
    [at.length > 10 ? at : `${at}T00:00:00Z`],
  );
  return rows[0]?.hours ?? 0;
}

/**
 * Returns one of the newest records of the accounts, in the order of the accounts, or that of the account which the
 * step names.
 */
function nthRecord(views: Views, { record, account }: { record: number; account?: string }): ObservedRecord | null {
  const records = views.get(operator)?.records ?? [];
  const newest = new Map(records.map((one) => [one.billingAccount.accountNumber, one]));
  if (account !== undefined) return newest.get(account) ?? null;
  const sorted = [...newest].sort(([one], [other]) => one.localeCompare(other)).map(([, one]) => one);
  return sorted[record % sorted.length] ?? null;
}

const recordsOf = async (api: TestApi, email: string, views: Views) =>
  views.get(email)?.records ?? (await observeRecords(api, email));

const partnerOf = (record: ObservedRecord) =>
  Array.from(contactsOf.keys()).find((index) => pcnOf(index) === record.newPartner?.pcn) ?? 0;

function answerMail(server: TestSmtpServer, answer: MailAnswer): void {
  server.behave({
    onRcptTo: (_recipient, _session, done) => done(answer === 250 ? null : refusal(answer)),
  });
}

async function takeOffer(stage: Stage, step: Extract<Step, { do: "offered" }>, views: Views) {
  const known = nthRecord(views, step);
  const seen = (await recordsOf(stage.api, step.by, views)).find(({ id }) => id === known?.id);
  const offers = seen?.availableActions ?? [];
  const name = commandOf[offers[step.action % offers.length] ?? ""];
  if (known === null || name === undefined) return {};
  return await command(stage, { name, by: step.by, days: 30, contact: step.action % 4 }, known, views);
}

async function commandOn(stage: Stage, step: Extract<Step, { do: RecordCommand }>, views: Views) {
  const record = nthRecord(views, step);
  return record === null ? {} : await command(stage, { ...step, name: step.do }, record, views);
}

interface Call {
  readonly name: RecordCommand;
  readonly by: string;
  readonly days?: number;
  readonly contact?: number;
}

async function command(
  { api, database }: Stage,
  { name, by, days = 0, contact = 0 }: Call,
  known: ObservedRecord,
  views: Views,
): Promise<Partial<Outcome>> {
  const before = (await recordsOf(api, by, views)).find(({ id }) => id === known.id) ?? null;
  const partner = partnerOf(known);
  const { requestId } = known.request;
  const recordIds = [known.id];
  const input = {
    acceptCocp: { requestId, recordIds },
    declineCocp: { requestId, recordIds, note: "No" },
    cancelCocp: { requestId, recordIds },
    startCocpReview: { recordIds },
    approveCocp: { recordIds },
    refuseCocp: { recordIds, note: "Not this time" },
    amendCocpEffectiveDate: { recordIds, effectiveDate: await dayOfService(database, days), caseNumber: "EC-1" },
    updatePartnerNotificationContact: {
      requestId,
      recordIds,
      partnerNotificationContact: contactsOf[partner]?.[contact] ?? "",
    },
    resendPartnerNotification: { requestId, recordIds },
  }[name];
  const userErrors = await errorsOf(() => act(api, by, name, input));
  return { call: `${name} ${JSON.stringify(input)}`, by, command: name, before, known, userErrors };
}

/** The errors of a call. A person without the part that it needs gets FORBIDDEN, which is an error like any other here. */
async function errorsOf(call: () => Promise<{ readonly userErrors: UserError[] }>): Promise<readonly UserError[]> {
  try {
    return (await call()).userErrors;
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('"code":"FORBIDDEN"')) throw error;
    return [{ code: "FORBIDDEN", message: error.message, field: null }];
  }
}

/** Today's date by the service's clock, some days on. */
async function dayOfService(database: Client, days: number): Promise<string> {
  const { rows } = await database.query<{ day: string }>(
    `SELECT to_char((clock_timestamp() + offset_ms * interval '1 ms' + $1 * interval '1 day') AT TIME ZONE 'UTC',
      'YYYY-MM-DD') AS day FROM sandbox_clock`,
    [days],
  );
  return rows[0]?.day ?? "";
}

/** Imports the files that a change touches. The directory follows what was taken. */
async function change({ database, directory }: Stage, changes: readonly DirectoryChange[], setPartner: boolean) {
  const next = structuredClone(directory) as Directory;
  for (const { file, key, set } of changes) {
    const rows: Row[] = next[file];
    const row = rows.find((one) => Object.entries(key).every(([column, value]) => one[column] === value));
    if (row === undefined) rows.push({ ...key, ...set });
    else Object.assign(row, set);
  }
  const files = new Set(changes.map(({ file }) => file));
  const touched = Object.fromEntries(Object.entries(next).filter(([file]) => files.has(file as keyof Directory)));
  const problems = await load(database, touched, setPartner);
  if (problems.length === 0) Object.assign(directory, await withPartnersOfRecord(database, next));
  return problems;
}

/** A partner of record belongs to the installation: what a file says of an existing account is left alone. */
async function withPartnersOfRecord(database: Client, directory: Directory): Promise<Directory> {
  const { rows } = await database.query<{ account_number: string; pcn: string }>(
    "SELECT account_number, pcn FROM billing_accounts a JOIN partners p ON p.id = a.partner_id",
  );
  const present = new Map(rows.map(({ account_number, pcn }) => [account_number, pcn]));
  const billing_accounts = directory.billing_accounts.map((row) => ({
    ...row,
    partner_pcn: present.get(row["account_number"] ?? "") ?? row["partner_pcn"] ?? "",
  }));
  return { ...directory, billing_accounts };
}

async function load(client: Client, directory: Partial<Directory>, setPartner: boolean) {
  const folder = await mkdtemp(join(tmpdir(), "changeover-history-"));
  try {
    for (const [name, text] of toCsv(directory)) await writeFile(join(folder, name), text);
    return (await importFolder(client, folder, { setPartner })).problems;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
