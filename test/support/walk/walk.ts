import { globalId } from "../../../src/resolvers/globalId";
import type { Told } from "../../hostile/support/transports";
import { unknown, type Kind, type Operation, type Place } from "./operations";
import type { Line } from "../../hostile/support/transports";
import type { Rights } from "./rights";
import type { World } from "./world";

/** What a person is about to name, and whether it may know that there is such a thing. */
interface Attempt {
  readonly value: string;
  readonly isForeign: boolean;
}

export interface Walked {
  /**
   * How many (person, place in the arguments, thing) were tried, and how many of these things were foreign to the
   * person.
   */
  tried: number;
  foreign: number;
  readonly leaks: string[];
}

/** Asks every operation as a person, naming everything that there is at every place that can name something. */
export async function walkAs(
  email: string,
  wayIn: Line,
  operations: readonly Operation[],
  { world, rights, cursors }: { readonly world: World; readonly rights: Rights; readonly cursors: readonly string[] },
): Promise<Walked> {
  const walked: Walked = { tried: 0, foreign: 0, leaks: [] };
  const valuesOf = everythingIn(world, cursors);
  for (const operation of operations) {
    const isQuery = operation.name.startsWith("Query.");
    const baselines = new Map<string, string>();
    const ask = async (place: Place | null, value: string, request: string = unknown.requestId) => {
      const variables = place === null ? operation.harmless : withValue(operation, place, value, request);
      const answer = await wayIn.ask({ query: operation.document, variables });
      return { text: normalized(answer, [value, request]), problem: problemOf(answer, rights.ids.has(request)) };
    };
    const judge = (name: string, { text, problem }: { text: string; problem: string | null }) => {
      if (problem !== null) walked.leaks.push(`${email} ${name}: ${problem}`);
      for (const secret of rights.secrets) {
        if (text.includes(JSON.stringify(secret).slice(1, -1))) walked.leaks.push(`${email} ${name} is told ${secret}`);
      }
    };
    if (operation.places.length === 0) judge(operation.name, await ask(null, ""));
    for (const place of operation.places) {
      for (const { value, isForeign } of attempts(valuesAt(place, valuesOf), place.kind, rights)) {
        if (!isForeign && !isQuery) continue; // would be done
        const name = `${operation.name} ${place.path.join(".")} = ${value}`;
        const request = (place.kind === "id" && requestOf(value, world)) || unknown.requestId;
        const answer = await ask(place, value, request);
        judge(name, answer);
        walked.tried += 1;
        if (!isForeign) continue;
        walked.foreign += 1;
        const like = unknownLike(place.kind, value);
        const key = `${place.path.join(".")} ${like} ${request}`;
        const expected = baselines.get(key) ?? (await ask(place, like, request)).text;
        baselines.set(key, expected);
        if (answer.text !== expected) walked.leaks.push(`${email} ${name} differs from what is not: ${answer.text}`);
      }
    }
  }
  return walked;
}

/** The variables that name each thing at each place, one after the other; at first those that name none. */
export function variablesOf(places: readonly Place[], world: World): Record<string, unknown>[] {
  const valuesOf = everythingIn(world, []);
  const named = places.flatMap((place) =>
    valuesOf[place.kind].map((value) => withValue({ harmless: {} }, place, value)),
  );
  return [{}, ...named];
}

/** One thing of every kind and type to name at each place of an operation, with something like it that is not. */
export function attemptsOf(operation: Operation, world: World, rights: Rights) {
  const valuesOf = everythingIn(world, []);
  return operation.places.flatMap((place) => {
    const all = attempts(valuesAt(place, valuesOf), place.kind, rights).filter(({ isForeign }) => isForeign);
    const first = new Map(all.toReversed().map((one) => [one.value.slice(0, 4), one]));
    return [...first.values()].map((one) => ({ ...one, place, like: unknownLike(place.kind, one.value) }));
  });
}

/** What to name at a place: everything of its kind, of ids those that it is for, and one of every other type. */
function valuesAt({ kind, path }: Place, valuesOf: Readonly<Record<Kind, readonly string[]>>): readonly string[] {
  const all = valuesOf[kind];
  const prefix = kind === "id" ? prefixes[path.at(-1) ?? ""] : undefined;
  if (prefix === undefined) return all;
  const first = new Map(all.toReversed().map((id) => [id.slice(0, 4), id]));
  return all.filter((id) => id.startsWith(prefix) || first.get(id.slice(0, 4)) === id);
}

const prefixes: Readonly<Record<string, string>> = {
  billingAccountId: "acc_",
  billingAccountIds: "acc_",
  recordIds: "rec_",
};

function attempts(values: readonly string[], kind: Kind, { ids, pcns, secrets }: Rights): Attempt[] {
  const isSecret = (value: string) => secrets.includes(value);
  const isForeign: Readonly<Record<Kind, (value: string) => boolean>> = {
    id: (value) => !ids.has(value),
    requestId: (value) => !ids.has(value),
    pcn: (value) => !pcns.has(value),
    text: isSecret,
    email: isSecret,
    key: isSecret,
    cursor: () => false, // a cursor names a place in the asker's own list
    day: () => false,
    instant: () => false,
  };
  return values.map((value) => ({ value, isForeign: isForeign[kind](value) }));
}

function everythingIn(world: World, cursors: readonly string[]): Record<Kind, string[]> {
  const { accounts, customers, partners, requests, records, events, notifications } = world;
  const requestIds = requests.map(({ id }) => id);
  const unique = (values: readonly string[]) => [...new Set(values)];
  return {
    id: unique([
      ...[...accounts, ...customers, ...partners, ...records, ...events, ...notifications].map(({ id }) => id),
      ...requestIds.map((id) => globalId("CocpRequest", id)),
    ]),
    requestId: requestIds,
    pcn: partners.map(({ pcn }) => pcn),
    text: unique([
      ...requestIds,
      ...accounts.flatMap(({ number, name }) => [number, name]),
      ...partners.map(({ name }) => name),
    ]),
    cursor: [...cursors],
    email: unique([...world.users.map(({ email }) => email), ...records.map(({ contact }) => contact)]),
    key: world.keys.map(({ key }) => key),
    day: [...world.days],
    instant: world.days.map((day) => `${day}T00:00:00Z`),
  };
}

function unknownLike(kind: Kind, value: string): string {
  if (kind !== "id") return unknown[kind];
  return value.startsWith("req_") ? `req_${unknown.requestId}` : `${value.slice(0, 4)}${unknown.id.slice(4)}`;
}

function requestOf(id: string, { records }: World): string | undefined {
  return records.find((record) => record.id === id)?.request;
}

/** The operation's harmless arguments with something named at one place; beside record ids stands their request. */
export function withValue(
  { harmless }: Pick<Operation, "harmless">,
  { path, isList }: Place,
  value: string,
  request: string = unknown.requestId,
): Record<string, unknown> {
  const variables = structuredClone(harmless) as Record<string, unknown>;
  let within = variables;
  for (const step of path.slice(0, -1)) {
    within[step] ??= {};
    within = within[step] as Record<string, unknown>;
  }
  if (path.at(-1) === "recordIds" && "requestId" in within) within["requestId"] = request;
  within[path.at(-1) ?? ""] = isList ? [value] : value;
  return variables;
}

/** The answer without what was asked and what is another at each look. */
function normalized({ status, data, errors }: Told, given: readonly string[]): string {
  let text = JSON.stringify({ status, data, errors });
  for (const value of given) if (value !== "") text = text.replaceAll(JSON.stringify(value).slice(1, -1), "GIVEN");
  return text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "INSTANT");
}

/**
 * Why the answer proves nothing. All is locked: of a request that is its own in part, a person may wait for its part.
 */
function problemOf({ errors }: Told, mayWait: boolean): string | null {
  const proper = ["BAD_USER_INPUT", "FORBIDDEN", "INVALID_CURSOR", ...(mayWait ? ["SERVICE_UNAVAILABLE"] : [])];
  const strange = errors.find(({ extensions }) => !proper.includes(String(extensions["code"])));
  return strange === undefined ? null : JSON.stringify(strange);
}
