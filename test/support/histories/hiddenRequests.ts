import { operator } from "../api/testApi";
import { BrokenHistory, lookAround, type Played } from "./checkHistory";
import type { Views } from "./invariants";
import type { Observation } from "./observe";
import { play, setStage, type Outcome, type Stage } from "./play";
import type { Step } from "./steps";
import { accountNumber, people } from "./world";

/** The accounts of the second customer, whose requests are left out of a repeated history. */
const hidden = new Set([6, 7, 8, 9, 10, 11].map(accountNumber));

/**
 * Repeats a history without the requests of the second customer. Rejects when somebody who saw none of them, nor
 * their accounts, reads something else than before.
 */
export async function checkHidden(installation: Omit<Stage, "directory">, { outcomes, looks }: Played): Promise<void> {
  // An import is rejected for the requests that it would contradict: whoever runs it may know them.
  if (outcomes.some(({ step, imported }) => step.do === "import" && !imported)) return;
  const unaware = people.filter((email) => email !== operator && looks.every((views) => !seesHidden(views.get(email))));
  const stage = await setStage(installation);
  for (const step of outcomes.flatMap(withoutHidden)) {
    await play(stage, step, await lookAround(stage, [operator]));
  }
  const without = await lookAround(stage, unaware);
  const complete: Views = looks.at(-2) ?? new Map();
  const problems = unaware.flatMap((email) => differences(email, complete.get(email), without.get(email)));
  if (problems.length > 0) throw new BrokenHistory(outcomes, problems);
}

const seesHidden = (view: Observation | undefined) =>
  view !== undefined &&
  (view.records.some(({ billingAccount }) => hidden.has(billingAccount.accountNumber)) ||
    view.accounts.some((account) => hidden.has(account.accountNumber)));

/**
 * The step that did the same as this outcome where the hidden requests are not: records by account, the clock by
 * hours.
 */
function withoutHidden({ step, known, hours }: Outcome): Step[] {
  switch (step.do) {
    case "initiate":
      return step.accounts.some((index) => hidden.has(accountNumber(index))) ? [] : [step];
    case "clock":
    case "deadline":
      return [{ do: "clock", hours }];
    case "import":
    case "sweep":
    case "worker":
    case "mail":
      return [step];
    default: {
      const account = known?.billingAccount.accountNumber;
      return account === undefined || hidden.has(account) ? [] : [{ ...step, account }];
    }
  }
}

function differences(email: string, one: Observation | undefined, other: Observation | undefined): string[] {
  const [before, after] = [one, other].map((view) => (view === undefined ? [] : anonymous(view)));
  const added = (before ?? []).filter((line) => !after?.includes(line)).map((line) => `+ ${line}`);
  const missing = (after ?? []).filter((line) => !before?.includes(line)).map((line) => `- ${line}`);
  const lines = [...missing, ...added];
  return lines.length === 0 ? [] : [`requests that ${email} cannot see change what is read:`, ...lines];
}

/** A view without IDs, Request IDs, cursors and times: records by account, in the order of their appearance. */
function anonymous(view: Observation): string[] {
  const accountOf = new Map(view.records.map(({ id, billingAccount }) => [id, billingAccount.accountNumber]));
  const records = view.records.map(({ id: _, request, billingAccount, events, notifications, ...rest }) =>
    JSON.stringify({
      ...rest,
      account: billingAccount.accountNumber,
      signedBy: request.signature?.signedBy,
      events: events.map(({ type, status, effectiveDate, actor }) => [type, status, effectiveDate, actor].join(" ")),
      notifications: notifications.map(({ kind, recipient, state }) => [kind, recipient, state].join(" ")).sort(),
    }),
  );
  const accounts = view.accounts.map(({ id, openCocpRecord, ...rest }) =>
    JSON.stringify({ ...rest, isOpen: openCocpRecord !== null, isListed: view.eligibleIds.includes(id) }),
  );
  const events = view.events.map(({ type, status, effectiveDate, record }) =>
    [type, status, effectiveDate, accountOf.get(record?.id ?? "")].join(" "),
  );
  const counts = JSON.stringify([view.totalCount, Object.entries(view.counts).sort(), view.overdueIds.length]);
  return [...records.sort(), ...accounts.sort(), JSON.stringify(events.sort()), counts];
}
