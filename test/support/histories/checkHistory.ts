import { operator } from "../api/testApi";
import { until } from "../until";
import {
  brokenOffers,
  brokenPromises,
  changedBySweep,
  changesOfThePast,
  contradictions,
  misdirected,
  openStatuses,
  readerProblems,
  type Views,
} from "./invariants";
import { observe } from "./observe";
import { play, setStage, sweep, type Outcome, type Stage } from "./play";
import type { Step } from "./steps";
import { accountNumber, pcnOf, people, type Directory } from "./world";

/** A history broke an invariant. The message is the script of calls that led there. */
export class BrokenHistory extends Error {
  constructor(steps: readonly Outcome[], problems: readonly string[]) {
    const script = steps.map(({ step, by, call, userErrors }) => {
      const errors = userErrors.map(({ code }) => code).join();
      return `  ${JSON.stringify(step)}${call ? `\n    ${by ?? ""} ${call}${errors && ` -> ${errors}`}` : ""}`;
    });
    super(`${problems.join("\n")}\nafter\n${script.join("\n")}`);
    this.name = "BrokenHistory";
  }
}

/** What a history led to. */
export interface Played {
  readonly outcomes: readonly Outcome[];
  /** Every look, in order. The one before the last is complete, and the last follows a sweep. */
  readonly looks: readonly Views[];
}

/** Plays a history on an empty installation, and compares after each step what the people read whom it can touch. */
export async function checkHistory(installation: Omit<Stage, "directory">, steps: readonly Step[]): Promise<Played> {
  const stage = await setStage(installation);
  const outcomes: Outcome[] = [];
  let before = await lookAround(stage, [operator]);
  const looks: Views[] = [];
  for (const step of steps) {
    const outcome = await play(stage, step, before);
    outcomes.push(outcome);
    // Who is not touched keeps an earlier view: one that no longer holds contradicts that of operations.
    const seen = await lookAround(stage, touchedBy(outcome, stage.directory, before), before);
    const after = new Map([...before, ...seen]);
    const problems = [
      ...contradictions(after),
      ...changesOfThePast(before, after),
      ...brokenOffers(outcome, after),
      ...misdirected(before, after, stage.directory),
      ...brokenPromises(after),
      ...readerProblems(after),
      ...(step.do === "sweep" ? seenByTheSweep(before, after) : []),
    ];
    if (problems.length > 0) throw new BrokenHistory(outcomes, problems);
    looks.push(after);
    before = after;
  }
  const all = await lookAround(stage, people);
  await sweep(stage.api);
  const swept = atAccounts(accountsOfOpenRecords(all), [], stage.directory, all);
  const last = new Map([...all, ...(await lookAround(stage, swept, all))]);
  const problems = [
    ...changesOfThePast(before, all),
    ...seenByTheSweep(before, all),
    ...seenByTheSweep(all, last),
    ...contradictions(last),
    ...changesOfThePast(all, last),
  ];
  if (problems.length > 0) throw new BrokenHistory(outcomes, problems);
  return { outcomes, looks: [...looks, all, last] };
}

/** Reads as each of these people. Their feeds are read from where `earlier` ended, or from the beginning. */
export async function lookAround({ api, database }: Stage, who: readonly string[], earlier?: Views): Promise<Views> {
  const unsettled =
    "SELECT FROM cocp_events WHERE transaction_id >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint";
  await until(async () => (await database.query(unsettled)).rowCount === 0);
  const looks = who.map(async (email) => [email, await observe(api, email, earlier?.get(email))] as const);
  return new Map(await Promise.all(looks));
}

/** The people whose view a step can change, operations among them. */
function touchedBy(outcome: Outcome, directory: Directory, before: Views): readonly string[] {
  const { step } = outcome;
  switch (step.do) {
    case "clock":
    case "deadline":
      return people; // agreements end by date, too
    case "sweep":
    case "worker": // it finishes cancellations
      return atAccounts(accountsOfOpenRecords(before), [], directory, before);
    case "mail":
      return [operator];
    case "initiate":
      return atAccounts(step.accounts.map(accountNumber), [pcnOf(step.partner)], directory, before);
    case "import": {
      // With --set-partner, the rows of all accounts move their partners to those of the file.
      if (step.setPartner || step.changes.some(({ file }) => file !== "billing_accounts")) return people;
      const numbers = step.changes.map(({ key }) => key["account_number"] ?? "");
      return atAccounts(numbers, [], directory, before);
    }
    default:
      return atAccounts([outcome.known?.billingAccount.accountNumber ?? ""], [], directory, before);
  }
}

const accountsOfOpenRecords = (views: Views) =>
  (views.get(operator)?.records ?? [])
    .filter(({ status }) => openStatuses.includes(status))
    .map(({ billingAccount }) => billingAccount.accountNumber);

/**
 * Operations, the administrators of the accounts, and the users of the partners in their records and of those that
 * are given.
 */
function atAccounts(numbers: readonly string[], partners: readonly string[], directory: Directory, before: Views) {
  const records = before.get(operator)?.records ?? [];
  const pcns = records
    .filter(({ billingAccount }) => numbers.includes(billingAccount.accountNumber))
    .flatMap(({ newPartner, oldPartner }) => [newPartner?.pcn, oldPartner?.pcn])
    .concat(partners);
  const administering = directory.billing_account_roles.filter((role) =>
    numbers.includes(role["account_number"] ?? ""),
  );
  const users = directory.partner_users.filter((user) => pcns.includes(user["pcn"]));
  const touched = new Set([operator, ...[...administering, ...users].map((row) => row["email"] ?? "")]);
  return people.filter((email) => touched.has(email));
}

function seenByTheSweep(before: Views, after: Views): string[] {
  return [...before].flatMap(([email, view]) => {
    const later = after.get(email);
    const lines = later === undefined ? [] : changedBySweep(view, later);
    return lines.length === 0 ? [] : [`a sweep changed what ${email} reads:`, ...lines];
  });
}
