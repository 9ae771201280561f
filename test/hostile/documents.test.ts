import { getIntrospectionQuery } from "graphql";
import { createSchema } from "../../src/resolvers/createSchema";
import { maxDocuments, OperationCache } from "../../src/server/execution/operationCache";
import { mutationOf, submit } from "../support/api/changes";
import { dana, kim, startTestApi, unlimited, type TestApi } from "../support/api/testApi";
import { nested, page, refusedQuestions, times } from "./support/documents";
import { transports, type Question, type Told } from "./support/transports";

/** GraphQL documents that are made to hurt, or to learn what they should not: over each transport. */

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await startTestApi({ worker: false, environment: unlimited });
  token = await api.tokenFor(dana);
});
afterAll(() => api.stop());

/** That nothing ran, and that nothing of the inside is told. */
function expectRefusal(told: Told, code: string): void {
  expect(told.errors.length).toBeGreaterThan(0);
  expect(told.errors.length).toBeLessThanOrEqual(4);
  if (code !== "") expect(told.codes).toContain(code);
  expect(told.closed).toBeNull();
  if (told.status !== null) expect([200, 400]).toContain(told.status);
  expect(told.text).not.toMatch(/Did you mean|node_modules|stack|\/src\//);
  expect(JSON.stringify(told.data ?? null)).not.toMatch(/[^\w]"?email"?:/);
}

describe.each(transports)("over $name", ({ name, ask }) => {
  test.each(refusedQuestions)("%s: refused", async (_case, question, code) => {
    expectRefusal(await ask(api, token, question), code);
  });

  test("B7 what is too complex says what it would cost, and the limit", async () => {
    const { errors } = await ask(api, token, { query: page(nested(3)) });
    expect(errors[0]?.extensions).toEqual({ code: "QUERY_TOO_COMPLEX", cost: expect.any(Number), limit: 5_000 });
  });

  test("B27 a text that graphql-jit would run as code is a text", async () => {
    const code = "__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74dglobalThis.hasRun=true";
    const told = await ask(api, token, { query: `{ billingAccounts(filter: { search: "${code}" }) { totalCount } }` });
    expect(told.data).toEqual({ billingAccounts: { totalCount: 0 } });
    expect(globalThis).not.toHaveProperty("hasRun");
  });

  test("B28 an empty operation name is unknown each time, also once the document is cached", async () => {
    const question = { query: `{ viewer { email } } # ${name}` };
    const first = await ask(api, token, { ...question, operationName: "" });
    expect((await ask(api, token, question)).errors).toEqual([]);
    const again = await ask(api, token, { ...question, operationName: "" });
    expect([first.codes.length, first.status, first.closed]).toEqual([
      1,
      first.status === null ? null : expect.any(Number),
      null,
    ]);
    expect({ status: again.status, codes: again.codes }).toEqual({ status: first.status, codes: first.codes });
  });

  test("B7 the cost is that of the variables, each time", async () => {
    const query = `query ($n: Int) { cocpRecords(first: $n) { nodes { ${nested(2)} } } }`;
    expect((await ask(api, token, { query, variables: { n: 1 } })).errors).toEqual([]);
    expect((await ask(api, token, { query, variables: { n: 100 } })).codes).toEqual(["QUERY_TOO_COMPLEX"]);
    expect((await ask(api, token, { query, variables: { n: 1 } })).errors).toEqual([]);
  });

  test("B13 introspection needs a token, in a fragment and under an alias too", async () => {
    const questions = [
      getIntrospectionQuery(),
      "{ ...F } fragment F on Query { s: __schema { queryType { name } } }",
      '{ t: __type(name: "Query") { name } }',
    ];
    for (const query of questions) {
      const { status, closed, data } = await ask(api, null, { query });
      expect([status ?? closed, data]).toEqual([status === null ? 4401 : 401, null]);
      expect((await ask(api, token, { query })).errors).toEqual([]);
    }
  });

  const typos: [string, Question][] = [
    ["a field", { query: "{ viewr { email } }" }],
    ["a field of a type", { query: "{ viewer { emial } }" }],
    ["an argument", { query: '{ node(idd: "x") { id } }' }],
    ["a type", { query: "{ viewer { ... on Viewr { email } } }" }],
    ["a type of a variable", { query: "query ($f: CocpRecordFilte) { cocpRecords(filter: $f) { totalCount } }" }],
    ["a value of an enumeration", { query: "{ cocpRecords(filter: { direction: INCOMIN }) { totalCount } }" }],
    ["a field of an input", { query: '{ cocpRecords(filter: { serch: "x" }) { totalCount } }' }],
    ["a directive", { query: "{ viewer { email @includ(if: true) } }" }],
    ["an argument of a directive", { query: "{ viewer { email @include(iff: true) } }" }],
    [
      "a value of an enumeration in a variable",
      {
        query: "query ($d: CocpDirection) { cocpRecords(filter: { direction: $d }) { totalCount } }",
        variables: { d: "INCOMIN" },
      },
    ],
    [
      "a field of an input in a variable",
      {
        query: "query ($f: CocpRecordFilter) { cocpRecords(filter: $f) { totalCount } }",
        variables: { f: { serch: "x" } },
      },
    ],
    [
      "the name of an operation",
      { query: "query First { viewer { email } } query Second { viewer { email } }", operationName: "Frst" },
    ],
    ["a fragment", { query: "{ viewer { ...Perso } } fragment Person on Viewer { email }" }],
  ];

  test.each(typos)("B15 a slip in %s teaches nothing of the schema", async (_what, question) => {
    expectRefusal(await ask(api, token, question), "");
  });

  test("B2 what is beyond the limits is not looked into any further", async () => {
    const { errors, codes } = await ask(api, token, { query: `{ ${times(101, (i) => `a${i}: no${i}`)} }` });
    expect([errors.map(({ message }) => message), codes]).toEqual([
      [expect.stringMatching(/^An operation may have /)],
      ["GRAPHQL_VALIDATION_FAILED"],
    ]);
  });

  test("B3 of several answers in one mutation each is given, as far as they are five", async () => {
    const { requestId } = await submit(api);
    const query = `mutation { ${times(2, (i) => `a${i}: acceptCocp(input: { requestId: "${requestId}" }) { records { status } }`)} }`;
    const { data } = await ask(api, await api.tokenFor(kim), { query });
    await api.clearRequests();
    const accepted = { records: [{ status: "ACCEPTED" }] };
    expect(data).toEqual({ a0: accepted, a1: accepted });
  });

  test("B15 what a person may not call, it is not told more of than anybody", async () => {
    const { codes, data } = await ask(api, token, {
      query: mutationOf("approveCocp"),
      variables: { input: { recordIds: ["x"] } },
    });
    expect([codes, data]).toEqual([["FORBIDDEN"], null]);
  });

  test("B1 a batch is refused as what it is not: one operation", async () => {
    const batch = JSON.stringify(Array.from({ length: 10 }, () => ({ query: "{ viewer { email } }" })));
    const { status, closed, data, text } = await ask(api, token, batch);
    expect([status ?? closed, data]).toEqual([status === null ? 4400 : 400, null]);
    expect(text).not.toContain(dana);
  });

  test("B23 an unforeseen error tells its errorId and nothing of the inside", async () => {
    const { requestId } = await submit(api);
    await api.rows("ALTER TABLE cocp_signatures RENAME TO cocp_signatures_gone");
    const query = `{ viewer { email } cocpRequest(requestId: "${requestId}") { requestId signature { lastName } } }`;
    const { data, errors, closed, text } = await ask(api, token, { query });
    await api.rows("ALTER TABLE cocp_signatures_gone RENAME TO cocp_signatures");
    await api.clearRequests();
    expect([data, closed]).toEqual([{ viewer: { email: dana }, cocpRequest: { requestId, signature: null } }, null]);
    const extensions = { code: "INTERNAL_SERVER_ERROR", errorId: expect.stringMatching(/^[0-9a-f-]{36}$/) };
    const path = ["cocpRequest", "signature"];
    expect(errors).toEqual([{ message: "Internal server error", path, locations: expect.anything(), extensions }]);
    expect(text).not.toMatch(/cocp_signatures|select|relation|node_modules|stack/i);
  });

  test("J2 variables nested as deep as a message holds are bad input, not the end of the stack", async () => {
    const levels = name === "WebSocket" ? 30_000 : 45_000;
    const query = "query ($f: CocpRecordFilter) { cocpRecords(filter: $f) { totalCount } }";
    const deep = `${"[".repeat(levels)}${"]".repeat(levels)}`;
    expectRefusal(await ask(api, token, `{"query":"${query}","variables":{"f":${deep}}}`), "BAD_USER_INPUT");
  });
});

test("B18 of small documents that nobody has seen before as many are kept as are said to be", () => {
  const operations = new OperationCache(createSchema());
  for (let i = 0; i <= maxDocuments; i += 1) operations.admit(`query Q${i} { viewer { email } }`, null);
  expect(operations.recall("query Q0 { viewer { email } }", null)).toBeUndefined();
  expect(operations.recall("query Q1 { viewer { email } }", null)).toBeDefined();
});
