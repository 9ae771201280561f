import { joan, operator } from "../api/testApi";
import type { Observation, ObservedEvent, ObservedRecord } from "./observe";
import type { Outcome } from "./play";
import { commandOf, type RecordCommand } from "./steps";
import type { Directory } from "./world";

/** What everybody saw at one moment. */
export type Views = ReadonlyMap<string, Observation>;

const ended = ["DECLINED", "CANCELED", "EXPIRED", "COMPLETED"];
/** Statuses of a change that is not over. */
export const openStatuses: readonly string[] = [
  "IN_PROGRESS",
  "ACCEPTED",
  "PENDING_MICROSOFT_REVIEW",
  "IN_GRACE_PERIOD",
  "CANCELLATION_IN_PROGRESS",
];
const waiting: Readonly<Record<string, string>> = {
  IN_PROGRESS: "NEW_PARTNER",
  ACCEPTED: "OPERATIONS",
  PENDING_MICROSOFT_REVIEW: "OPERATIONS",
  IN_GRACE_PERIOD: "EFFECTIVE_DATE",
};

/** Returns what contradicts itself within the views of one moment. */
export function contradictions(views: Views): string[] {
  const all = views.get(operator);
  if (all === undefined) return ["operations saw nothing"];
  return [...[...views].flatMap(([email, view]) => within(email, view)), ...acrossParties(views, all)];
}

function within(email: string, view: Observation): string[] {
  const found: string[] = [];
  const say = (problem: string) => found.push(`${email}: ${problem}`);
  const counted = countBy(view.records.map(({ status }) => status));
  if (view.totalCount !== view.records.length) say(`totalCount ${view.totalCount} of ${view.records.length} records`);
  if (!same(counted, view.counts)) say(`statusCounts ${text(view.counts)}, listed ${text(counted)}`);
  const overdue = view.records.filter((record) => record.overdue).map(({ id }) => id);
  if (!same(overdue.sort(), view.overdueIds)) say("the filter overdue and the field overdue differ");
  const eligible = view.accounts.filter(({ cocpEligibility }) => cocpEligibility.eligible).map(({ id }) => id);
  if (!same(eligible.sort(), view.eligibleIds)) say("the filter eligible and cocpEligibility differ");
  for (const record of view.records) {
    const { status, waitingOn } = record;
    if (waitingOn !== (waiting[status] ?? "NOBODY")) say(`${status} waits on ${waitingOn}`);
    if (record.overdue && status !== "IN_PROGRESS") say(`${status} is overdue`);
  }
  for (const [id, events] of groupBy(view.events, ({ record }) => record?.id ?? "")) {
    const backwards = events.some(
      (event, index) => index > 0 && event.occurredAt < (events[index - 1]?.occurredAt ?? ""),
    );
    if (backwards) say(`the feed goes back in time for ${id}: ${text(events.map(({ occurredAt }) => occurredAt))}`);
  }
  return found;
}

function acrossParties(views: Views, all: Observation): string[] {
  const found: string[] = [];
  const truth = new Map(all.records.map((record) => [record.id, record]));
  for (const [account, records] of groupBy(all.records, (record) => record.billingAccount.accountNumber)) {
    const openIds = records.filter(({ status }) => openStatuses.includes(status)).map(({ id }) => id);
    if (openIds.length > 1) found.push(`${account} has ${openIds.length} open records`);
  }
  for (const account of all.accounts) {
    const { accountNumber, partnerOfRecord, orderingPartner } = account;
    if (partnerOfRecord?.pcn !== orderingPartner?.pcn) {
      found.push(
        `${accountNumber}: partner of record ${partnerOfRecord?.pcn}, ordering partner ${orderingPartner?.pcn}`,
      );
    }
  }
  for (const [email, view] of views) {
    for (const record of view.records) {
      const known = truth.get(record.id);
      if (known === undefined) found.push(`${email} sees ${record.id}, operations does not`);
      else if (record.status !== known.status || record.effectiveDate !== known.effectiveDate) {
        found.push(
          `${email} reads ${record.status} ${record.effectiveDate}, operations ${known.status} ${known.effectiveDate}`,
        );
      }
    }
  }
  return found;
}

/** Returns what a later moment contradicts of an earlier one. */
export function changesOfThePast(before: Views, after: Views): string[] {
  const [earlier, later] = [before.get(operator), after.get(operator)];
  if (earlier === undefined || later === undefined) return [];
  const found: string[] = [];
  const present = new Map(later.records.map((record) => [record.id, record]));
  for (const was of earlier.records) {
    const is = present.get(was.id);
    if (is === undefined) found.push(`${was.id} is gone`);
    else found.push(...rewritten(was, is));
  }
  const position = new Map(later.events.map(({ id }, index) => [id, index]));
  const kept = earlier.events.map(({ id }) => position.get(id) ?? -1);
  if (kept.some((at, index) => at !== index)) found.push("the feed of operations lost or reordered events");
  return found;
}

function rewritten(was: ObservedRecord, is: ObservedRecord): string[] {
  const found: string[] = [];
  const end = ({ status, effectiveDate, closedBy, newPartner, oldPartner }: ObservedRecord) =>
    text({ status, effectiveDate, closedBy, newPartner, oldPartner });
  if (ended.includes(was.status) && end(was) !== end(is)) found.push(`${was.id} read ${end(was)}, and now ${end(is)}`);
  const past = (events: readonly ObservedEvent[]) => text(events.slice(0, was.events.length));
  if (past(was.events) !== past(is.events)) found.push(`${was.id}: its events changed`);
  return found;
}

const actionOf = Object.fromEntries(Object.entries(commandOf).map(([action, command]) => [command, action]));

/** Errors that an offered action may give, as its input or its pause decides. */
const byInput = [
  "DATE_AFTER_AGREEMENT_END",
  "DATE_IN_THE_PAST",
  "DATE_UNCHANGED",
  "TOO_MANY_NOTIFICATIONS",
  "NOT_ALLOWED",
];

/** Returns how the outcome of an action contradicts the actions that were offered to its actor. */
export function brokenOffers({ command, before, known, userErrors, call, by }: Outcome, after: Views): string[] {
  if (command === null || known === null) return [];
  const present = after.get(operator)?.records.find(({ id }) => id === known.id);
  // Events of time come along with any call.
  const isChanged = eventsOfPeople(known) !== eventsOfPeople(present);
  const isOffered = before?.availableActions.includes(actionOf[command] ?? "") ?? false;
  const codes = userErrors.map(({ code }) => code);
  const hard = codes.filter(
    (code) => !byInput.includes(code) || (code === "NOT_ALLOWED" && command !== "amendCocpEffectiveDate"),
  );
  if (isOffered && hard.length > 0) return [`${by} was offered ${call}, and got ${codes.join()}`];
  if (!isOffered && isChanged) return [`${by} was not offered ${call}, which changed the record`];
  const isDone = codes.length === 0;
  if (!isOffered && isDone && !isRepeated(command, known)) return [`${by} was not offered ${call}, which succeeded`];
  if (isOffered && isDone && !isChanged && endsInEvent(command))
    return [`${by} was offered ${call}, which left no event`];
  return [];
}

/** Statuses that a command leads to, directly or later. Repeated there, it succeeds and changes nothing. */
const reached: Readonly<Partial<Record<RecordCommand, readonly string[]>>> = {
  acceptCocp: ["ACCEPTED", "PENDING_MICROSOFT_REVIEW", "IN_GRACE_PERIOD", "COMPLETED"],
  declineCocp: ["DECLINED"],
  cancelCocp: ["CANCELED", "CANCELLATION_IN_PROGRESS"],
  startCocpReview: ["PENDING_MICROSOFT_REVIEW", "IN_GRACE_PERIOD", "COMPLETED"],
  approveCocp: ["IN_GRACE_PERIOD", "COMPLETED"],
  refuseCocp: ["CANCELED", "CANCELLATION_IN_PROGRESS"],
};

/** Whether the same party has done this before: then it succeeds and changes nothing, in any status. */
function isRepeated(command: RecordCommand, { status, events }: ObservedRecord): boolean {
  if (command === "amendCocpEffectiveDate") return events.some(({ type }) => type === "EFFECTIVE_DATE_AMENDED");
  return reached[command]?.includes(status) ?? false;
}

const endsInEvent = (command: RecordCommand) => command in reached;

const eventsOfPeople = (record: ObservedRecord | undefined) =>
  record?.events.filter(({ actor }) => actor !== "SYSTEM").length;

/** Returns which new notifications went to people without the right at that moment, by the directory. */
export function misdirected(before: Views, after: Views, directory: Directory): string[] {
  const known = new Set(
    before.get(operator)?.records.flatMap(({ notifications }) => notifications.map(({ id }) => id)),
  );
  const records = after.get(operator)?.records ?? [];
  return records.flatMap((record) =>
    record.notifications
      .filter(({ id, state }) => !known.has(id) && state !== "SUPPRESSED")
      .flatMap(({ kind, recipient, recipientParty }) => {
        const isRight = rightfulRecipients(record, recipientParty, directory, records).has(recipient);
        return isRight
          ? []
          : [`${kind} of ${record.billingAccount.accountNumber} went to ${recipient} (${recipientParty})`];
      }),
  );
}

function rightfulRecipients(
  record: ObservedRecord,
  party: string,
  directory: Directory,
  records: readonly ObservedRecord[],
): ReadonlySet<string> {
  const usersOf = (pcn: string | undefined) => directory.partner_users.filter((user) => user["pcn"] === pcn);
  if (party === "NEW_PARTNER") return addresses(usersOf(record.newPartner?.pcn));
  if (party === "OLD_PARTNER") {
    const partner = directory.partners.find(({ pcn }) => pcn === record.oldPartner?.pcn);
    return new Set([partner?.["notification_address"] ?? ""]);
  }
  const accounts = records
    .filter(({ request }) => request.requestId === record.request.requestId)
    .map(({ billingAccount }) => billingAccount.accountNumber);
  const administering = directory.billing_account_roles.filter(
    (role) => role["role"] === "ENTERPRISE_ADMIN" && accounts.includes(role["account_number"] ?? ""),
  );
  return addresses(administering);
}

const addresses = (rows: readonly Record<string, string>[]) => new Set(rows.map(({ email }) => email ?? ""));

/** Notifications to the customer that each event of a type writes exactly once. */
const promised: Readonly<Record<string, string>> = {
  ACCEPTED: "ACCEPTED",
  DECLINED: "DECLINED",
  EXPIRED: "EXPIRED",
  REFUSED: "REFUSED",
  APPROVED: "APPROVED",
  COMPLETED: "COMPLETED",
};

/** Returns which promised notifications to the customer are missing or doubled. */
export function brokenPromises(views: Views): string[] {
  const records = views.get(operator)?.records ?? [];
  return records.flatMap((record) =>
    Object.entries(promised).flatMap(([type, kind]) => {
      const events = record.events.filter((event) => event.type === type).length;
      const written = record.notifications.filter(
        (one) => one.kind === kind && one.recipientParty === "CUSTOMER",
      ).length;
      return events === written
        ? []
        : [`${record.id}: ${events} events ${type}, ${written} notifications ${kind} to the customer`];
    }),
  );
}

/** Returns what the view of a read-only administrator has that it must not: records, and actions. */
export function readerProblems(views: Views): string[] {
  const view = views.get(joan);
  return view !== undefined && view.records.length > 0 ? ["a read-only administrator sees records"] : [];
}

/** Returns what a sweep changed for a person although it only writes down what reads show already. */
export function changedBySweep(before: Observation, after: Observation): string[] {
  const later = new Set(stateOf(after));
  const earlier = new Set(stateOf(before));
  const gone = stateOf(before).filter((line) => !later.has(line));
  const come = stateOf(after).filter((line) => !earlier.has(line));
  return [...gone.map((line) => `- ${line}`), ...come.map((line) => `+ ${line}`)];
}

/** A line per record, account and list. */
function stateOf(view: Observation): string[] {
  const records = view.records.map(({ id, status, waitingOn, overdue, availableActions, effectiveDate, closedBy }) =>
    text({ id, status, waitingOn, overdue, availableActions, effectiveDate, closedBy }),
  );
  return [...records, ...view.accounts.map(text), text(view.counts), text(view.eligibleIds)];
}

function countBy(keys: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}

function groupBy<Item>(items: readonly Item[], key: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

const text = (value: unknown) => JSON.stringify(value);
const same = (one: unknown, other: unknown) => text(sorted(one)) === text(sorted(other));
const sorted = (value: unknown) =>
  value !== null && typeof value === "object" && !Array.isArray(value)
    ? Object.entries(value).sort(([one], [other]) => one.localeCompare(other))
    : value;
