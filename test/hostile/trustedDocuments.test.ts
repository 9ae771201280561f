import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "graphql-sse";
import { ConfigError } from "../../src/config";
import { createSchema } from "../../src/resolvers/createSchema";
import { readTrustedDocuments } from "../../src/server/execution/trustedDocuments";
import { dana, startTestApi, type TestApi } from "../support/api/testApi";
import { temporaryFolder } from "../support/processes/temporaryFolder";
import { transports } from "./support/transports";

/** TRUSTED_DOCUMENTS: documents by id, in place of any text or beside it. */

const documents = {
  whoAmI: "{ viewer { email } }",
  named: "query One { viewer { email } } query Other { viewer { isOperations: __typename } }",
  echo: "query ($first: Int!) { cocpRecords(first: $first) { totalCount } }",
  feed: "subscription { cocpEvents { cursor } }",
};
const whoAmI = { viewer: { email: dana } };

async function manifest(content: string): Promise<string> {
  const file = join(await temporaryFolder(), "documents.json");
  await writeFile(file, content);
  return file;
}
async function start(mode: string): Promise<TestApi> {
  const file = await manifest(JSON.stringify(documents));
  return await startTestApi({
    worker: false,
    environment: { TRUSTED_DOCUMENTS: mode, TRUSTED_DOCUMENTS_FILE: file },
  });
}

describe.each(["allow", "only"])("in the mode %s", (mode) => {
  let api: TestApi;
  let token: string;
  beforeAll(async () => {
    api = await start(mode);
    token = await api.tokenFor(dana);
  });
  afterAll(() => api.stop());

  describe.each(transports)("over $name", ({ name, ask }) => {
    test("a document is run by its id, each time that it is asked for", async () => {
      for (let i = 0; i < 3; i += 1) {
        const { data, errors } = await ask(api, token, { query: "", documentId: "whoAmI" });
        expect([data, errors]).toEqual([whoAmI, []]);
      }
    });

    test("with variables, and with the name of one of its operations", async () => {
      const records = await ask(api, token, { query: "", documentId: "echo", variables: { first: 1 } });
      expect(records.data).toEqual({ cocpRecords: { totalCount: 0 } });
      const other = await ask(api, token, { query: "", documentId: "named", operationName: "Other" });
      expect(other.data).toEqual({ viewer: { isOperations: "Viewer" } });
    });

    test("B18 an id that is none is PERSISTED_QUERY_NOT_FOUND, whatever it is called", async () => {
      for (const documentId of ["nothing", "__proto__", "constructor", "", "x".repeat(10_000)]) {
        const { codes, data, closed, status } = await ask(api, token, { query: "", documentId });
        expect([codes, data, closed]).toEqual([["PERSISTED_QUERY_NOT_FOUND"], null, null]);
        if (name === "HTTP") expect(status).toBe(400);
      }
    });

    test("B18 a client registers nothing: an id beside a text is refused, and stays unknown", async () => {
      const both = await ask(api, token, { query: documents.whoAmI, documentId: "mine" });
      expect(both.codes).toEqual(["BAD_USER_INPUT"]);
      const extensions = { persistedQuery: { version: 1, sha256Hash: "0".repeat(64) } };
      await ask(api, token, { query: documents.whoAmI, extensions });
      for (const documentId of ["mine", "0".repeat(64)]) {
        const { codes } = await ask(api, token, { query: "", documentId });
        expect(codes).toEqual(["PERSISTED_QUERY_NOT_FOUND"]);
      }
    });

    test("B18 an id that is no string is bad input", async () => {
      const { codes } = await ask(api, token, { query: "", documentId: { $ne: "" } as unknown as string });
      expect(codes).toEqual(["BAD_USER_INPUT"]);
    });

    test(`B18 a text of the client's own is ${mode === "only" ? "refused, a trusted one's too" : "run as ever"}`, async () => {
      await ask(api, token, { query: "", documentId: "whoAmI" });
      const { codes, data } = await ask(api, token, { query: documents.whoAmI });
      expect([codes, data]).toEqual(mode === "only" ? [["DOCUMENT_NOT_TRUSTED"], null] : [[], whoAmI]);
    });
  });

  test("by GET, and by POST without a query at all", async () => {
    const headers = { authorization: `Bearer ${token}`, "apollo-require-preflight": "1" };
    const get = (parameters: string) => fetch(`${api.url}/graphql?${parameters}`, { headers });
    expect(await (await get("documentId=whoAmI")).json()).toMatchObject({ data: whoAmI });
    expect(await (await get("documentId=no")).text()).toContain("PERSISTED_QUERY_NOT_FOUND");
    const own = await (await get(`query=${encodeURIComponent(documents.whoAmI)}`)).text();
    expect(own).toContain(mode === "only" ? "DOCUMENT_NOT_TRUSTED" : dana);
    const body = JSON.stringify({ documentId: "whoAmI" });
    const json = { ...headers, "content-type": "application/json" };
    const post = await fetch(`${api.url}/graphql`, { method: "POST", headers: json, body });
    expect(await post.json()).toMatchObject({ data: whoAmI });
    const stream = { ...json, accept: "text/event-stream" };
    const streamed = await fetch(`${api.url}/graphql/stream`, { method: "POST", headers: stream, body });
    expect(await streamed.text()).toContain(dana);
    // An own text in the address of a POST is nobody's.
    const url = `${api.url}/graphql?query=${encodeURIComponent("{ __typename }")}`;
    const beside = await fetch(url, { method: "POST", headers: json, body });
    expect(await beside.json()).toMatchObject({ data: whoAmI });
  });

  test("stock clients of sockets and event streams subscribe with an empty query", async () => {
    const socket = api.socket(dana);
    const payload = { query: "", documentId: "whoAmI" };
    expect((await socket.iterate(payload).next()).value).toMatchObject({ data: whoAmI });
    await socket.dispose();
    const sse = createClient({ url: `${api.url}/graphql/stream`, headers: { authorization: `Bearer ${token}` } });
    expect((await sse.iterate(payload).next()).value).toMatchObject({ data: whoAmI });
    sse.dispose();
  });
});

const problemsOf = async (content: string): Promise<readonly string[]> => {
  const file = await manifest(content);
  try {
    readTrustedDocuments({ file, isRequired: true }, createSchema());
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems;
  }
};

test("a manifest is held against the schema and the limits at the start: all that is wrong is told by id", async () => {
  expect(await problemsOf(JSON.stringify(documents))).toEqual([]);
  const deep = `{ ${Array.from({ length: 40 }, (_, i) => `a${i}: viewer { email }`).join(" ")} }`;
  const problems = await problemsOf(
    JSON.stringify({ ...documents, typo: "{ viewr { email } }", cut: "{ viewer", deep }),
  );
  expect(problems).toEqual([
    expect.stringMatching(/^TRUSTED_DOCUMENTS_FILE .*"typo": Cannot query field "viewr"/),
    expect.stringMatching(/"cut": Syntax Error/),
    expect.stringMatching(/"deep": An operation may have/),
  ]);
});

test.each(["[]", "{", '{"a": 1}', '{"": "{ viewer { email } }"}'])(
  "a manifest that is %s says how it should be",
  async (content) => {
    expect(await problemsOf(content)).toEqual([expect.stringContaining("must name a JSON file of documents by id")]);
  },
);
