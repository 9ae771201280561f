import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importDirectory } from "../../../src/services/importDirectory";
import { act, accountIds, initiate, signatureFor, type UserError } from "../changes";
import { operator, type TestApi } from "../testApi";
import { withClient } from "../testServer";
import { until } from "../until";
import { observeRecords, type ObservedRecord } from "./observe";
import type { DirectoryChange, RecordCommand, Step } from "./steps";
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
  /** Whether the call left an event of a person on the record; those of time come along with any call. */
  readonly changed: boolean;
  readonly userErrors: readonly UserError[];
  /** Whether the import was taken; false for any other step. */
  readonly imported: boolean;
}

/** The installation that a history is played on, and the directory as the accepted imports left it. */
export interface Stage {
  readonly api: TestApi;
  readonly directory: Directory;
}

/** Empties the installation and loads the first directory. */
export async function setStage(api: TestApi): Promise<Stage> {
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
  await api.rows(tables.map((table) => `DELETE FROM ${table};`).join(" "));
  await api.rows("UPDATE sandbox_clock SET offset_ms = 0");
  const directory = firstDirectory(new Date().toISOString().slice(0, 10));
  const problems = await load(api, directory, false);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return { api, directory };
}

/** Plays one step as its people would, over the public API and the import. */
export async function play(stage: Stage, step: Step): Promise<Outcome> {
  const { api } = stage;
  const nothing = {
    step,
    call: null,
    by: null,
    command: null,
    before: null,
    changed: false,
    userErrors: [],
    imported: false,
  };
  switch (step.do) {
    case "initiate":
      return { ...nothing, ...(await submitRequest(api, step)) };
    case "advance":
      return { ...nothing, ...(await moveOn(api, step)) };
    case "import": {
      const problems = await change(stage, step.changes, step.setPartner);
      return {
        ...nothing,
        call: `changeover import${step.setPartner ? " --set-partner" : ""}`,
        imported: problems.length === 0,
      };
    }
    case "clock":
      await api.rows("UPDATE sandbox_clock SET offset_ms = offset_ms + $1", [step.hours * 3_600_000]);
      return nothing;
    case "deadline":
      await passDeadline(api, step.record);
      return nothing;
    case "sweep":
      await sweep(api);
      return nothing;
    case "worker":
      await work(api);
      return nothing;
    default:
      return { ...nothing, ...(await commandOn(api, step)) };
  }
}

/** Writes down all that has fallen due. */
export async function sweep(api: TestApi): Promise<void> {
  const mutation = "mutation { advanceSandboxClock(input: { minutes: 0 }) { now } }";
  await api.data(operator, mutation);
}

/** Runs a worker until no job is left that could be done now. */
async function work(api: TestApi): Promise<void> {
  const worker = await api.startWorker();
  try {
    const ready = "SELECT FROM graphile_worker._private_jobs WHERE run_at <= now() AND attempts < max_attempts";
    await until(async () => (await api.rows(ready)).length === 0);
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
  const signature = await signatureFor(api, step.by, changes);
  const { userErrors } = await initiate(api, step.by, { changes, signature });
  const call = `initiateCocp ${numbers.join(", ")} to ${pcnOf(step.partner)}`;
  return { call, by: step.by, userErrors };
}

const nextMove: Readonly<Record<string, readonly [RecordCommand, "partner" | "operations"] | undefined>> = {
  IN_PROGRESS: ["acceptCocp", "partner"],
  ACCEPTED: ["startCocpReview", "operations"],
  PENDING_MICROSOFT_REVIEW: ["approveCocp", "operations"],
};

async function moveOn(api: TestApi, step: Extract<Step, { do: "advance" }>): Promise<Partial<Outcome>> {
  let outcome: Partial<Outcome> = {};
  for (let moves = 0; moves < step.moves; moves += 1) {
    const record = await nthRecord(api, step.record);
    const move = nextMove[record?.status ?? ""];
    if (record === null || move === undefined) return outcome;
    const by = move[1] === "operations" ? operators[0] : (contactsOf[partnerOf(record)]?.[0] ?? operator);
    outcome = await command(api, move[0], by, record, {});
  }
  return outcome;
}

/** Moves the clock an hour past the instant at which time acts on a record next: no other deadline passes while people read. */
async function passDeadline(api: TestApi, nth: number): Promise<void> {
  const record = await nthRecord(api, nth);
  const at = { IN_PROGRESS: record?.request.expiresAt, IN_GRACE_PERIOD: record?.effectiveDate }[record?.status ?? ""];
  if (at === undefined) return;
  await api.rows(
    `UPDATE sandbox_clock SET offset_ms = greatest(offset_ms,
      3600000 + ceil(extract(epoch FROM $1::timestamptz - clock_timestamp()) * 1000))`,
    [at.length > 10 ? at : `${at}T00:00:00Z`],
  );
}

/** The newest records of the accounts, in the order of the accounts. */
async function newestRecords(api: TestApi, email: string): Promise<ObservedRecord[]> {
  const records = await observeRecords(api, email);
  const newest = new Map(records.map((record) => [record.billingAccount.accountNumber, record]));
  return [...newest].sort(([one], [other]) => one.localeCompare(other)).map(([, record]) => record);
}

async function nthRecord(api: TestApi, nth: number): Promise<ObservedRecord | null> {
  const records = await newestRecords(api, operator);
  return records[nth % records.length] ?? null;
}

const partnerOf = (record: ObservedRecord) =>
  Array.from(contactsOf.keys()).find((index) => pcnOf(index) === record.newPartner?.pcn) ?? 0;

async function commandOn(api: TestApi, step: Extract<Step, { do: RecordCommand }>): Promise<Partial<Outcome>> {
  const record = await nthRecord(api, step.record);
  return record === null ? {} : await command(api, step.do, step.by, record, step);
}

async function command(
  api: TestApi,
  name: RecordCommand,
  by: string,
  known: ObservedRecord,
  { days = 0, contact = 0 }: { readonly days?: number; readonly contact?: number },
): Promise<Partial<Outcome>> {
  const records = await observeRecords(api, by);
  const before = records.find(({ id }) => id === known.id) ?? null;
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
    amendCocpEffectiveDate: { recordIds, effectiveDate: await dayOfService(api, days), caseNumber: "EC-1" },
    updatePartnerNotificationContact: {
      requestId,
      recordIds,
      partnerNotificationContact: contactsOf[partner]?.[contact] ?? "",
    },
    resendPartnerNotification: { requestId, recordIds },
  }[name];
  const { userErrors } = await act(api, by, name, input);
  const after = (await observeRecords(api, operator)).find(({ id }) => id === known.id);
  const changed = acts(known) !== acts(after);
  const call = `${name} ${JSON.stringify(input)}`;
  return { call, by, command: name, before, changed, userErrors };
}

const acts = (record: ObservedRecord | undefined) => record?.events.filter(({ actor }) => actor !== "SYSTEM").length;

/** Today's date by the service's clock, some days on. */
async function dayOfService(api: TestApi, days: number): Promise<string> {
  const [row] = await api.rows<{ day: string }>(
    `SELECT to_char((clock_timestamp() + offset_ms * interval '1 ms' + $1 * interval '1 day') AT TIME ZONE 'UTC',
      'YYYY-MM-DD') AS day FROM sandbox_clock`,
    [days],
  );
  return row?.day ?? "";
}

/** Imports the files that a change touches. The directory follows what was taken. */
async function change({ api, directory }: Stage, changes: readonly DirectoryChange[], setPartner: boolean) {
  const next = structuredClone(directory) as Directory;
  for (const { file, key, set } of changes) {
    const rows: Row[] = next[file];
    const row = rows.find((one) => Object.entries(key).every(([column, value]) => one[column] === value));
    if (row === undefined) rows.push({ ...key, ...set });
    else Object.assign(row, set);
  }
  const files = new Set(changes.map(({ file }) => file));
  const touched = Object.fromEntries(Object.entries(next).filter(([file]) => files.has(file as keyof Directory)));
  const problems = await load(api, touched, setPartner);
  if (problems.length === 0) Object.assign(directory, await withPartnersOfRecord(api, next));
  return problems;
}

/** A partner of record belongs to the installation: what a file says of an existing account is left alone. */
async function withPartnersOfRecord(api: TestApi, directory: Directory): Promise<Directory> {
  const rows = await api.rows<{ account_number: string; pcn: string }>(
    "SELECT account_number, pcn FROM billing_accounts a JOIN partners p ON p.id = a.partner_id",
  );
  const present = new Map(rows.map(({ account_number, pcn }) => [account_number, pcn]));
  const billing_accounts = directory.billing_accounts.map((row) => ({
    ...row,
    partner_pcn: present.get(row["account_number"] ?? "") ?? row["partner_pcn"] ?? "",
  }));
  return { ...directory, billing_accounts };
}

async function load(api: TestApi, directory: Partial<Directory>, setPartner: boolean) {
  const folder = await mkdtemp(join(tmpdir(), "changeover-history-"));
  try {
    for (const [name, text] of toCsv(directory)) await writeFile(join(folder, name), text);
    return await withClient(api.config.databaseUrl, async (client) => {
      const { problems } = await importDirectory({
        client,
        directory: folder,
        dryRun: false,
        setPartner,
        mailDomain: "changeover.example",
      });
      return problems;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
