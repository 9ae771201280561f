import { globalId } from "../../../src/resolvers/globalId";
import { begin, evolve } from "../../../src/domain/evolve";
import type { CocpEvent } from "../../../src/domain/events";
import type { CocpRecord } from "../../../src/domain/record";
import { transitionOf } from "../../../src/domain/transitions";
import type { CocpEventEntity } from "../../../src/entities/cocpEventEntity";
import { groupBy } from "../../../src/services/groupBy";
import { endings, legalMoves } from "../../unit/domain/legalMoves";
import type { Ledger } from "./ledger";
import type { Answers, Told } from "./writers";

/** What is wrong with a history; empty lists when nothing is. */
export interface Findings {
  /** Acknowledged to a writer, and not in the tables. */
  readonly lost: readonly string[];
  /**
   * In the tables more than once, or although nobody was told that it is done, or although somebody was told that it
   * is not.
   */
  readonly doubled: readonly string[];
  /** State changes that the design does not know, or that do not make the record that there is. */
  readonly illegal: readonly string[];
  /** Mails that a state change asks for and that nobody wrote, or that did not arrive. */
  readonly mailsMissing: readonly string[];
  /** Mails that say the same to the same address under another Message-ID, or that nothing asked for. */
  readonly mailsRenamed: readonly string[];
}

/** Compares what writers were told, and what arrived by mail, with the tables. */
export function checkHistory(answers: readonly Answers[], ledger: Ledger): Findings {
  return { ...checkWrites(answers, ledger), illegal: checkMoves(ledger), ...checkMails(ledger) };
}

function repeated(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.filter((name) => seen.size === seen.add(name).size);
}

function checkWrites(answers: readonly Answers[], { events, requestIds }: Ledger) {
  const nameOf = ({ recordId, type }: Told) => `${recordId} ${type}`;
  const written = events.map(({ recordId, type }) => nameOf({ recordId: globalId("CocpRecord", recordId), type }));
  const there = new Set([...written, ...requestIds]);
  const acknowledged = answers.flatMap((told) => [...told.acknowledged.map(nameOf), ...told.requestIds]);
  const refused = answers.flatMap((told) => told.refused.map(nameOf));
  const known = new Set(acknowledged);
  return {
    lost: acknowledged.filter((name) => !there.has(name)),
    doubled: [
      ...repeated(written),
      ...requestIds.filter((id) => !known.has(id)),
      ...refused.filter((name) => there.has(name)),
    ],
  };
}

/** Every record went as the design allows, and is where its events say. */
function checkMoves({ records, events }: Ledger): string[] {
  const allowed = new Set(legalMoves.map(([from, , event, to]) => `${from} ${event} ${to}`));
  const histories = groupBy(events, ({ recordId }) => recordId);
  const problems: string[] = [];
  for (const record of records) {
    const history = histories.get(record.id) ?? [];
    history.forEach((event, index) => {
      const before = history[index - 1];
      const move = `${event.previousStatus} ${event.type} ${event.status}`;
      const isLegal = before === undefined ? move === "null INITIATED IN_PROGRESS" : allowed.has(move);
      const follows = event.sequence === index + 1 && event.previousStatus === (before?.status ?? null);
      const isLate = before !== undefined && endings.includes(before.status);
      if (!isLegal || !follows || isLate) problems.push(`${record.id} ${event.sequence}: ${move}`);
    });
    const folded = replay(record.id, history);
    if (JSON.stringify(sorted(folded)) !== JSON.stringify(sorted(record))) problems.push(`${record.id} is elsewhere`);
  }
  if (histories.size !== records.length) problems.push("there are events of no record");
  return problems;
}

function replay(recordId: string, history: readonly CocpEventEntity[]): CocpRecord | null {
  let record: CocpRecord | null = null;
  for (const row of history) {
    const event = row as unknown as CocpEvent;
    if (event.type === "INITIATED") record = begin(recordId, event);
    else if (record !== null) record = evolve(record, event);
  }
  return record;
}

const sorted = (record: object | null) =>
  Object.entries(record ?? {}).toSorted(([one], [other]) => (one < other ? -1 : 1));

/** An email that a later fact overtook is not sent. */
const withdrawn: ReadonlySet<string> = new Set(["SUPPRESSED"]);

/** Every state change was told to everybody whom the table names, once and under one Message-ID, and it arrived. */
function checkMails({ events, notices, arrived }: Ledger) {
  const came = new Set(arrived);
  const written = notices.map(({ recordId, kind, recipientParty }) => `${recordId} ${kind} to ${recipientParty}`);
  const approved = new Set(events.filter(({ type }) => type === "APPROVED").map(({ recordId }) => recordId));
  const expected = events.flatMap(({ recordId, type }) =>
    transitionOf(type)
      .notices.filter(({ to }) => to !== "OLD_PARTNER" || approved.has(recordId))
      .map(({ kind, to }) => `${recordId} ${kind} to ${to}`),
  );
  const known = new Set(notices.map(({ messageId }) => messageId));
  return {
    mailsMissing: [
      ...without(expected, written),
      ...notices
        .filter(({ state, messageId }) => !withdrawn.has(state) && (state !== "SENT" || !came.has(messageId)))
        .map(({ messageId }) => messageId),
    ],
    mailsRenamed: [...without(written, expected), ...[...came].filter((messageId) => !known.has(messageId))],
  };
}

/** What the one list holds more often than the other. */
function without(list: readonly string[], other: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of other) counts.set(name, (counts.get(name) ?? 0) + 1);
  return list.filter((name) => {
    const left = counts.get(name) ?? 0;
    counts.set(name, left - 1);
    return left <= 0;
  });
}
