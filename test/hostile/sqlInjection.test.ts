import { createSchema } from "../../src/resolvers/createSchema";
import { harrowgate, submit } from "../support/api/changes";
import { statementLogger } from "../support/api/logLines";
import { dana, kim, operator, startTestApi, unlimited, type TestApi } from "../support/api/testApi";
import { withClient } from "../support/api/testServer";
import { injectionsInto, type Target, type Technique } from "./support/injections";
import { fieldsThatTakeTexts, type TakesTexts } from "./support/textPlaces";
import { shareOf, transports, type Line } from "./support/transports";

/**
 * Each text that any operation takes, tried as sqlmap would try it; and look-ups that are open to it, which are
 * found.
 */

const { logger, statements } = statementLogger();

let api: TestApi;
let values: Record<string, string>;
beforeAll(async () => {
  api = await startTestApi({ worker: false, logger, environment: unlimited });
  const { requestId } = await submit(api);
  values = { requestId, pcn: harrowgate, newPartnerPcn: harrowgate, search: "Northlight" };
});
beforeEach(() => void statements.splice(0));
afterAll(() => api.stop());

const counts = () =>
  api.rows(
    `SELECT (SELECT count(*) FROM cocp_events) AS events, (SELECT count(*) FROM cocp_records) AS records,
      (SELECT count(*) FROM partners) AS partners, (SELECT array_agg(status) FROM cocp_records) AS statuses`,
  );

/** Codes of answers to nonsense. */
const expected = new Set(["BAD_USER_INPUT", "INVALID_CURSOR", "NOT_FOUND"]);
const fields = fieldsThatTakeTexts(createSchema(), ["advanceSandboxClock"]);
/** A query is tried text by text. A mutation in all of its texts at once, or it would do what it is asked. */
const places = fields.flatMap((field): [name: string, place: string, TakesTexts, TakesTexts["places"]][] =>
  field.kind === "query"
    ? field.places.map((path) => [field.name, path.join("."), field, [path]])
    : [[field.name, "all at once", field, field.places]],
);

describe.each(transports)("over $name", ({ name, open }) => {
  let lines: Line[];
  beforeAll(async () => {
    lines = [];
    for (const email of [dana, kim, operator]) lines.push(await open(api, await api.tokenFor(email)));
  });
  afterAll(() => lines.forEach((line) => line.close()));

  /** The field in somebody's hands who may ask for it. */
  async function targetOf({ document, withTexts }: TakesTexts, tried: TakesTexts["places"]): Promise<Target> {
    const isTried = (path: readonly string[]) => tried.some((one) => one.join() === path.join());
    const textsOf = (text: string) => withTexts((path) => (isTried(path) ? text : values[path.at(-1) ?? ""]));
    const told = (line: Line, text: string) => line.ask({ query: document, variables: textsOf(text) });
    for (const line of lines) {
      if ((await told(line, "x")).codes.includes("FORBIDDEN")) continue;
      return {
        value: tried.length === 1 ? (values[tried[0]?.at(-1) ?? ""] ?? null) : null,
        statements,
        rows: api.rows,
        async ask(text) {
          const { status, closed, codes, data, errors } = await told(line, text);
          const failed = closed !== null || codes.some((code) => !expected.has(String(code)));
          return { told: JSON.stringify([status, data, errors]), failed };
        },
      };
    }
    throw new Error("Nobody may ask for it");
  }

  test.each(places)(
    "J6 no payload of sqlmap's reaches PostgreSQL as SQL by the texts of %s: %s",
    async (_name, _places, field, tried) => {
      const before = await counts();
      expect(await injectionsInto(await targetOf(field, tried), (tries) => shareOf({ name }, tries))).toEqual(
        new Map(),
      );
      expect(await counts()).toEqual(before);
    },
  );
});

test("J6 the statements of the service are seen, and texts of every operation are tried", async () => {
  await api.data(dana, "{ cocpRecords { totalCount } }");
  expect(statements.some((statement) => statement.includes("cocp_records"))).toBe(true);
  expect(fields.length).toBeGreaterThan(16);
  expect(places.length).toBeGreaterThan(25);
});

/** Look-ups as they must not be. */
const planted: [string, string, (text: string) => string, (rows: readonly object[] | Error) => string, Technique[]][] =
  [
    [
      "that tells all",
      harrowgate,
      (text) => `SELECT organization_name FROM partners WHERE pcn = '${text}'`,
      (rows) => (rows instanceof Error ? rows.message : JSON.stringify(rows)),
      ["boolean", "error", "union", "stacked", "time", "statement"],
    ],
    [
      "that tells only whether it has found something",
      "Harrowgate",
      (text) => `SELECT FROM partners WHERE (organization_name LIKE '%${text}%')`,
      (rows) => (rows instanceof Error || rows.length === 0 ? "no" : "yes"),
      ["boolean", "stacked", "time", "statement"],
    ],
    [
      "that tells nothing",
      "11",
      (text) => `SELECT FROM partners WHERE length(pcn) = ${text}`,
      () => "thank you",
      ["stacked", "time", "statement"],
    ],
  ];

test.each(planted)("J6 the same finds a planted look-up %s", async (_what, value, sqlOf, tell, techniques) => {
  const { databaseUrl } = api.config;
  const lookUp = async (text: string) => {
    const statement = sqlOf(text);
    statements.push(statement);
    return await withClient(databaseUrl, async (client) => (await client.query<object>(statement)).rows ?? []).catch(
      (error: Error) => error,
    );
  };
  const ask = async (text: string) => ({ told: tell(await lookUp(text)), failed: false });
  const found = await injectionsInto({ value, ask, statements, rows: api.rows });
  expect([...found.keys()].toSorted()).toEqual(techniques.toSorted());
});
