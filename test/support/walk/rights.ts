import { globalId } from "../../../src/resolvers/globalId";
import { operator } from "../api/testApi";
import type { World, WorldRecord } from "./world";

/**
 * Who sees what, written out once more from the design's table and over the whole world in memory, so that a slip in
 * the rules of the source is found.
 */
export interface Rights {
  /** Ids that exist for the person, of all kinds, Request IDs among them. */
  readonly ids: ReadonlySet<string>;
  /** PCNs of the partners that it may come across by itself. */
  readonly pcns: ReadonlySet<string>;
  /** Texts that it must not be told, wherever it looks. */
  readonly secrets: readonly string[];
}

/** A text of the world, and whether the person may be told it. */
type Mark = readonly [text: string | null, told: boolean];

type Part = "CUSTOMER" | "NEW_PARTNER" | "OLD_PARTNER" | "OPERATIONS";

const noteReaders: Readonly<Record<string, readonly Part[]>> = {
  ACCEPTED: ["CUSTOMER", "NEW_PARTNER", "OPERATIONS"],
  DECLINED: ["CUSTOMER", "NEW_PARTNER", "OPERATIONS"],
  REFUSED: ["CUSTOMER", "NEW_PARTNER", "OPERATIONS"],
  CANCELLATION_REQUESTED: ["CUSTOMER", "OPERATIONS"],
};

const personReaders: Readonly<Record<string, readonly Part[]>> = {
  CUSTOMER: ["CUSTOMER", "NEW_PARTNER", "OPERATIONS"], // who signs is told to the new partner
  NEW_PARTNER: ["CUSTOMER", "NEW_PARTNER", "OPERATIONS"],
};

export function rightsOf(email: string, world: World): Rights {
  const isOperator = email === operator;
  const partner = world.users.find((user) => user.email === email)?.partner ?? null;
  const own = world.roles.filter((role) => role.email === email);
  const admins = new Set(own.filter(({ role }) => role === "ENTERPRISE_ADMIN").map(({ account }) => account));
  const partsIn = (record: WorldRecord): Set<Part> =>
    new Set<Part>([
      ...(isOperator ? (["OPERATIONS"] as const) : []),
      ...(admins.has(record.account) ? (["CUSTOMER"] as const) : []),
      ...(record.newPartner === partner ? (["NEW_PARTNER"] as const) : []),
      ...(record.oldPartner === partner && record.approval !== null ? (["OLD_PARTNER"] as const) : []),
    ]);
  const parts = new Map(world.records.map((record) => [record.id, partsIn(record)]));
  const is = (record: string, ...some: Part[]) => some.some((part) => parts.get(record)?.has(part));
  const inner = (record: string) => is(record, "CUSTOMER", "NEW_PARTNER", "OPERATIONS");
  const records = world.records.filter(({ id }) => (parts.get(id)?.size ?? 0) > 0);

  const seesAccount = (id: string) =>
    isOperator ||
    own.some(({ account }) => account === id) ||
    records.some(({ account, id: record }) => account === id && is(record, "NEW_PARTNER", "OLD_PARTNER", "CUSTOMER"));
  const accounts = world.accounts.filter(({ id }) => seesAccount(id));
  const customers = new Set(accounts.map(({ customer }) => customer));
  const predecessors = world.records
    .filter(({ newPartner }) => newPartner === partner)
    .map(({ oldPartner }) => oldPartner);
  const choosesAny = isOperator || admins.size > 0;
  const partners = world.partners.filter(({ id }) => choosesAny || id === partner || predecessors.includes(id));
  const ofRecord = new Set(
    accounts.filter(({ id }) => own.some(({ account }) => account === id)).map((one) => one.partner),
  );
  const requests = world.requests.filter(({ id }) => records.some(({ request }) => request === id));
  const recordOf = new Map(world.records.map((record) => [record.id, record]));
  const seesEvent = ({ record, sequence }: World["events"][number]) =>
    inner(record) || (is(record, "OLD_PARTNER") && sequence >= (recordOf.get(record)?.approval ?? Infinity));
  const events = world.events.filter(seesEvent);
  const seesNotification = (one: World["notifications"][number]) =>
    is(one.record, "CUSTOMER", "OPERATIONS") ||
    (one.partner === partner && partner !== null && is(one.record, "NEW_PARTNER", "OLD_PARTNER"));

  const ids = new Set([
    ...[...accounts, ...partners, ...records, ...events].map(({ id }) => id),
    ...customers,
    ...requests.flatMap(({ id }) => [id, globalId("CocpRequest", id)]),
  ]);
  const knowsPartner = (id: string) => ofRecord.has(id) || partners.some((one) => one.id === id);
  const signs = (request: string) => world.records.some((record) => record.request === request && inner(record.id));
  const marks: Mark[] = [
    ...world.accounts.flatMap(({ id, number, name }): Mark[] => [id, number, name].map((text) => [text, ids.has(id)])),
    ...world.customers.flatMap(({ id, number, name }): Mark[] => [id, number, name].map((text) => [text, ids.has(id)])),
    ...world.partners.flatMap(({ id, pcn, name }): Mark[] => [id, pcn, name].map((text) => [text, knowsPartner(id)])),
    ...world.requests.flatMap(({ id, lastName, signedBy }): Mark[] => [
      [id, ids.has(id)],
      ...[lastName, signedBy].map((text): Mark => [text, signs(id)]),
    ]),
    ...world.records.flatMap(({ id, contact, reasonNote, closingNote }): Mark[] => [
      [id, ids.has(id)],
      [reasonNote, is(id, "CUSTOMER", "OPERATIONS")],
      ...[contact, closingNote].map((text): Mark => [text, inner(id)]),
    ]),
    ...world.events.flatMap(({ id, record, type, note, cursor, actor, actorEmail }): Mark[] => [
      [actorEmail, is(record, ...(personReaders[actor] ?? ["OPERATIONS"]))],
      ...[id, cursor].map((text): Mark => [text, ids.has(id)]),
      [note, is(record, ...(noteReaders[type] ?? ["OPERATIONS"]))],
    ]),
    ...world.notifications.flatMap((one): Mark[] =>
      [one.id, one.recipient].map((text) => [text, seesNotification(one)]),
    ),
    [operator, isOperator],
    ...world.keys.map((one): Mark => [one.key, one.email === email]),
  ];
  return { ids, pcns: new Set(partners.map(({ pcn }) => pcn)), secrets: secretsOf(marks, email) };
}

/** What is told anywhere is no secret, nor is what is part of it, nor the person's own address. */
function secretsOf(marks: readonly Mark[], email: string): string[] {
  const told = [email, ...marks.flatMap(([text, isTold]) => (isTold && text !== null ? [text] : [])), inTexts];
  const secrets = new Set(marks.flatMap(([text, isTold]) => (isTold || text === null ? [] : [text])));
  return [...secrets].filter((secret) => !told.some((text) => text.includes(secret)));
}

/** A partner's name that sentences for everybody hold. */
const inTexts = "Enterprise Direct Support";
