import { operator, type TestApi } from "../testApi";
import {
  brokenOffers,
  brokenPromises,
  changedBySweep,
  changesOfThePast,
  contradictions,
  misdirected,
  readerProblems,
  type Views,
} from "./invariants";
import { observe } from "./observe";
import { play, setStage, sweep, type Outcome } from "./play";
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

/** Plays a history on an empty installation, and looks after each step, as everybody, for what contradicts itself. */
export async function checkHistory(api: TestApi, steps: readonly Step[]): Promise<Views> {
  const stage = await setStage(api);
  const outcomes: Outcome[] = [];
  let before = await lookAround(api, people);
  for (const step of steps) {
    if (step.do === "sweep") before = await lookAround(api, people);
    const outcome = await play(stage, step);
    outcomes.push(outcome);
    const after = await lookAround(api, touchedBy(outcome, stage.directory, before));
    const problems = [
      ...contradictions(after),
      ...changesOfThePast(before, after),
      ...brokenOffers(outcome),
      ...misdirected(before, after, stage.directory),
      ...brokenPromises(after),
      ...readerProblems(after),
      ...(step.do === "sweep" ? seenByTheSweep(before, after) : []),
    ];
    if (problems.length > 0) throw new BrokenHistory(outcomes, problems);
    before = after;
  }
  before = await lookAround(api, people);
  await sweep(api);
  const last = await lookAround(api, people);
  const problems = [...seenByTheSweep(before, last), ...contradictions(last), ...changesOfThePast(before, last)];
  if (problems.length > 0) throw new BrokenHistory(outcomes, problems);
  return last;
}

async function lookAround(api: TestApi, who: readonly string[]): Promise<Views> {
  await api.feedSettled();
  return new Map(await Promise.all(who.map(async (email) => [email, await observe(api, email)] as const)));
}

/** The people whose view a step can change, operations among them. */
function touchedBy(outcome: Outcome, directory: Directory, before: Views): readonly string[] {
  const { step } = outcome;
  if (["import", "clock", "deadline", "sweep"].includes(step.do)) return people;
  if (step.do === "worker") return [operator];
  const numbers =
    step.do === "initiate" ? step.accounts.map(accountNumber) : [outcome.before?.billingAccount.accountNumber ?? ""];
  const administering = directory.billing_account_roles.filter((role) =>
    numbers.includes(role["account_number"] ?? ""),
  );
  const records = before.get(operator)?.records ?? [];
  const pcns = records
    .filter(({ billingAccount }) => numbers.includes(billingAccount.accountNumber))
    .flatMap(({ newPartner, oldPartner }) => [newPartner?.pcn, oldPartner?.pcn]);
  if (step.do === "initiate") pcns.push(pcnOf(step.partner));
  const users = directory.partner_users.filter((user) => pcns.includes(user["pcn"]));
  const touched = new Set([...administering, ...users].map((row) => row["email"] ?? ""));
  return [operator, ...people.filter((email) => email !== operator && touched.has(email))];
}

function seenByTheSweep(before: Views, after: Views): string[] {
  return [...before].flatMap(([email, view]) => {
    const later = after.get(email);
    const lines = later === undefined ? [] : changedBySweep(view, later);
    return lines.length === 0 ? [] : [`a sweep changed what ${email} reads:`, ...lines];
  });
}
