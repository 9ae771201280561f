import { Client } from "pg";
import { createSchema } from "../../src/resolvers/createSchema";
import { transports } from "../hostile/support/transports";
import { countRows } from "../support/api/changes";
import { statementLogger } from "../support/api/logLines";
import { formText } from "../support/api/forms";
import * as people from "../support/api/testApi";
import {
  dana,
  elena,
  iris,
  joan,
  kim,
  lena,
  marta,
  mei,
  nobody,
  operator,
  otto,
  sam,
  startTestApi,
  stellan,
  unlimited,
  type TestApi,
} from "../support/api/testApi";
import { watchAll } from "../support/walk/feeds";
import { operationsOf, type Operation } from "../support/walk/operations";
import { follow, pathsOf } from "../support/walk/paths";
import { rightsOf, type Rights } from "../support/walk/rights";
import { attemptsOf, variablesOf, walkAs, withValue } from "../support/walk/walk";
import { makeWorld, readWorld, type World } from "../support/walk/world";

/**
 * Tenancy, by a walk that is made from the schema: everybody asks every field, naming everything that there is at
 * every place of the arguments that can name something. What is new in the schema is walked without being added here.
 */

/** Every part that somebody can play, and those who play none in a request. */
const everybody = [dana, joan, kim, sam, elena, mei, iris, marta, stellan, lena, otto, nobody, operator];

const { logger, statements } = statementLogger("silent");

let api: TestApi;
let world: World;
let cursors: string[];
const operations = operationsOf(createSchema());
const asked = operations.filter(({ name }) => !name.startsWith("Subscription."));
const rights = (email: string): Rights => rightsOf(email, world);

beforeAll(async () => {
  api = await startTestApi({ worker: false, logger, environment: unlimited });
  await makeWorld(api);
  await api.feedSettled();
  world = await readWorld(api);
  cursors = await cursorsOfLists();
}, 60_000);
afterAll(() => api.stop());

/** Some cursors of every list, as an operator gets them. */
async function cursorsOfLists(): Promise<string[]> {
  const lists = `billingAccounts(first: 2) { edges { cursor } } cocpRecords(first: 2) { edges { cursor } feedCursor }
    cocpEvents(first: 2) { edges { cursor } }`;
  const { billingAccounts, cocpRecords, cocpEvents } = await api.data(operator, `{ ${lists} }`);
  const edges: { cursor: string }[] = [billingAccounts, cocpRecords, cocpEvents].flatMap((list) => list.edges);
  return [cocpRecords.feedCursor, ...edges.map(({ cursor }) => cursor)];
}

/** Does something while every record, request and account is locked: whoever touches what is not its own would wait. */
async function whileAllIsLocked<Result>(work: () => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: api.config.databaseUrl });
  await client.connect();
  try {
    await client.query("BEGIN");
    for (const table of ["cocp_records", "cocp_requests", "billing_accounts"]) {
      await client.query(`SELECT FROM ${table} FOR UPDATE`);
    }
    return await work();
  } finally {
    await client.end();
  }
}

describe.each(transports)("over $name", ({ name, open }) => {
  test("D1 whatever anybody names anywhere, nobody is told of what is not its own, nor that there is such a thing", async () => {
    const before = await countRows(api);
    const walk = async (email: string) => {
      const line = await open(api, await api.tokenFor(email));
      const walked = walkAs(email, line, asked, { world, rights: rights(email), cursors });
      return await walked.finally(() => line.close());
    };
    const walks = await whileAllIsLocked(() => Promise.all(everybody.map(walk)));
    const sum = (of: "tried" | "foreign") => walks.reduce((total, each) => total + each[of], 0);
    const leaks = walks.flatMap((each) => each.leaks);
    const figures = `${sum("tried")} (party, field, id) triples, ${sum("foreign")} of them foreign`;
    process.stdout.write(`tenancy over ${name}: ${figures}: ${leaks.length} leaks\n`);
    expect(leaks.slice(0, 20)).toEqual([]);
    expect(sum("foreign")).toBeGreaterThan(3_000);
    expect(await countRows(api)).toEqual(before);
  }, 240_000);
});

test("D2 along every path from its own lists, nobody comes to what is another's", async () => {
  const paths = pathsOf(createSchema());
  const rightsOfEach = new Map(everybody.map((email) => [email, rights(email)]));
  let walked = 0;
  let objects = 0;
  const leaks: string[] = [];
  let withArguments = 0;
  const walk = async (email: string, path: (typeof paths)[number], variables: Record<string, unknown>) => {
    const told = (await follow(api, email, path, variables))?.join("\n");
    if (told === undefined) return; // too dear for anybody
    walked += 1;
    withArguments += Number(Object.keys(variables).length > 0);
    objects += told.split('"__typename"').length - 1;
    for (const secret of rightsOfEach.get(email)?.secrets ?? []) {
      if (!told.includes(JSON.stringify(secret).slice(1, -1))) continue;
      leaks.push(`${email} ${path.name} ${JSON.stringify(variables)} is told ${secret}`);
    }
  };
  for (const path of paths) {
    for (const variables of variablesOf(path.places, world)) {
      await Promise.all(everybody.map((email) => walk(email, path, variables)));
    }
  }
  process.stdout.write(
    `tenancy: ${walked} walks along ${paths.length} paths, ${withArguments} with arguments, led to ${objects} objects\n`,
  );
  expect(leaks.slice(0, 20)).toEqual([]);
  expect(walked).toBeGreaterThan(1_000);
  expect(withArguments).toBeGreaterThan(1_000);
}, 240_000);

test("by its id, everybody finds exactly what is its own", async () => {
  const ids = [...rights(operator).ids].filter((id) => /^[a-z]{3}_/.test(id));
  const query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
  for (const email of everybody) {
    const { nodes } = await api.data(email, query, { ids: ids.slice(0, 100) });
    const { nodes: more } = await api.data(email, query, { ids: ids.slice(100) });
    const found = [...nodes, ...more].flatMap((node: { id: string } | null) => node?.id ?? []);
    expect([email, found.toSorted()]).toEqual([email, ids.filter((id) => rights(email).ids.has(id)).toSorted()]);
  }
});

test.each([lena, otto])("%s, who plays two parts, finds what is of either, and nothing more", (email) => {
  const without = (part: "roles" | "users") =>
    rightsOf(email, { ...world, [part]: world[part].filter((one) => one.email !== email) });
  const [asPartner, asCustomer] = [without("roles"), without("users")];
  const only = (one: Rights, other: Rights) => [...one.ids].filter((id) => !other.ids.has(id)).length;
  expect([only(asPartner, asCustomer), only(asCustomer, asPartner)]).not.toContain(0);
  expect(rights(email).ids).toEqual(new Set([...asPartner.ids, ...asCustomer.ids]));
  expect(new Set(rights(email).secrets)).toEqual(
    new Set(asPartner.secrets.filter((secret) => asCustomer.secrets.includes(secret))),
  );
});

test("the feed tells everybody exactly its own events, and a filter on another's request nothing", async () => {
  const feed = operations.find(({ name }) => name === "Subscription.cocpEvents");
  if (feed === undefined) throw new Error("There is no feed");
  const watches = await Promise.all(
    everybody.flatMap((email) => {
      const filters = [undefined, ...world.requests.map(({ id }) => ({ requestId: id }))];
      return filters.map(async (filter) => ({ email, filter, watch: await watchAll(api, email, feed, { filter }) }));
    }),
  );
  try {
    const own = ({ email, filter }: (typeof watches)[number]) =>
      world.events.filter(({ id, record }) => {
        const request = world.records.find((one) => one.id === record)?.request;
        return rights(email).ids.has(id) && (filter === undefined || filter.requestId === request);
      });
    for (const one of watches) await one.watch.until(own(one).length);
    for (const one of watches) {
      const { email, filter, watch } = one;
      const told = rights(email).secrets.filter((secret) => watch.answers.some((text) => text.includes(secret)));
      expect([email, filter, told]).toEqual([email, filter, []]);
      const ids = own(one).map(({ id }) => id);
      expect([email, filter, watch.ids.toSorted()]).toEqual([email, filter, ids.toSorted()]);
    }
  } finally {
    for (const { watch } of watches) await watch.stop();
  }
}, 60_000);

test("forms name nothing that is another's", async () => {
  for (const email of everybody) {
    for (const { id } of world.requests) {
      const text = (await formText(api, email, id)) ?? "";
      expect([email, rights(email).secrets.filter((secret) => text.includes(secret))]).toEqual([email, []]);
    }
  }
}, 60_000);

/** The statements that an operation takes. */
async function statementsOf(
  email: string,
  operation: Operation,
  variables: Record<string, unknown>,
): Promise<string[]> {
  statements.length = 0;
  logger.level = "trace";
  await api.ask(email, operation.document, variables);
  logger.level = "silent";
  return [...statements];
}

test("what is another's takes the very statements of what is not", async () => {
  let compared = 0;
  for (const email of everybody) {
    for (const operation of asked) {
      for (const { place, value, like, isForeign } of attemptsOf(operation, world, rights(email))) {
        if (!isForeign) continue;
        const foreign = await statementsOf(email, operation, withValue(operation, place, value));
        const missing = await statementsOf(email, operation, withValue(operation, place, like));
        expect([email, operation.name, place.path, value, foreign]).toEqual([
          email,
          operation.name,
          place.path,
          value,
          missing,
        ]);
        compared += 1;
      }
    }
  }
  process.stdout.write(`tenancy: ${compared} pairs of foreign and missing things take the same statements\n`);
  expect(compared).toBeGreaterThan(300);
}, 120_000);

test("everybody of the tests' people who plays a part of its own is among those who walk", () => {
  const isPerson = (one: unknown): one is string => typeof one === "string" && one.includes("@");
  const others = Object.values(people).filter((one) => isPerson(one) && !everybody.includes(one));
  // as dana, on fewer accounts; as the other operator
  expect(new Set(others)).toEqual(new Set([people.rafael, people.otherOperator]));
});
