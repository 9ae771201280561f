import { createHash, randomBytes } from "node:crypto";
import { StatementLog } from "../../src/db/postgres/statementLog";
import { createFormLinks } from "../../src/services/forms/formLinks";
import {
  actOnAll,
  approve,
  dayFromNow,
  initiate,
  meridian,
  proposal,
  signatureFor,
  submit,
} from "../support/api/changes";
import { formText } from "../support/api/forms";
import { keepingLogger } from "../support/api/logLines";
import { dana, elena, joan, kim, operator, sam, startTestApi, stellan, type TestApi } from "../support/api/testApi";

const log = keepingLogger("error");
let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false, logger: log.logger });
});
afterEach(() => api.clearRequests());
afterAll(() => api.stop());

interface Form {
  readonly fileName: string;
  readonly downloadUrl: string;
  readonly urlExpiresAt: string;
  readonly sha256: string;
}

const query = `query ($requestId: String!) { cocpRequest(requestId: $requestId) {
  form { fileName downloadUrl urlExpiresAt sha256 } } }`;

/** The form that a person is offered. */
async function formOf(email: string, requestId: string): Promise<Form | null> {
  return (await api.data(email, query, { requestId })).cocpRequest?.form ?? null;
}

async function offered(email: string, requestId: string): Promise<Form> {
  const form = await formOf(email, requestId);
  if (form === null) throw new Error(`${email} is offered no form`);
  return form;
}

/** The API of a test listens on a port of its own, not at its PUBLIC_URL. */
const fetchForm = (url: string, method = "GET") => fetch(url.replace(api.config.publicUrl, api.url), { method });

async function download(email: string, requestId: string): Promise<Buffer> {
  const response = await fetchForm((await offered(email, requestId)).downloadUrl);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

async function textFor(email: string, requestId: string): Promise<string> {
  return (await formText(api, email, requestId)) ?? "";
}

const everybody = [dana, kim, sam, elena, operator, joan, stellan];

/** Who of them all is offered a form. */
async function whoHasForm(requestId: string): Promise<string[]> {
  const forms = await Promise.all(everybody.map((email) => formOf(email, requestId)));
  return everybody.filter((_, index) => forms[index] !== null);
}

/** A package of two accounts for kim's organization and one for elena's, which is the old partner of the others. */
async function submitToTwo(): Promise<string> {
  const toKim = await proposal(api, { accounts: ["7701001", "7701002"] });
  const toElena = await proposal(api, { accounts: ["7701005"], pcn: meridian, contact: elena });
  const changes = [...toKim.changes, ...toElena.changes];
  const signature = await signatureFor(api, dana, changes);
  const { request, userErrors } = await initiate(api, dana, { changes, signature });
  if (request === null) throw new Error(JSON.stringify(userErrors));
  return request.requestId;
}

test("there is a form from the partner's acceptance on, for the customer, the new partner and operations", async () => {
  const { requestId, recordIds } = await submit(api);
  expect(await whoHasForm(requestId)).toEqual([]);
  await actOnAll(api, kim, "acceptCocp", { requestId });
  expect(await whoHasForm(requestId)).toEqual([dana, kim, sam, operator]);
  await actOnAll(api, operator, "startCocpReview", { recordIds });
  expect(await whoHasForm(requestId)).toEqual([dana, kim, sam, operator]);
});

test("the old partner, who sees the record in its grace period and after, is offered no form", async () => {
  const submitted = await submit(api);
  await approve(api, submitted);
  expect((await api.data(elena, query, { requestId: submitted.requestId })).cocpRequest).toEqual({ form: null });
  expect(await whoHasForm(submitted.requestId)).toEqual([dana, kim, sam, operator]);
});

test("a declined request has no form, and a refused one has none any more", async () => {
  const declined = await submit(api);
  await actOnAll(api, kim, "declineCocp", { requestId: declined.requestId });
  expect(await whoHasForm(declined.requestId)).toEqual([]);
  const { requestId, recordIds } = await submit(api, { accounts: ["7701002"] });
  await actOnAll(api, kim, "acceptCocp", { requestId });
  await actOnAll(api, operator, "refuseCocp", { recordIds, note: "Not this one" });
  expect(await whoHasForm(requestId)).toEqual([]);
});

test("it lists what was accepted, and for a partner its own records only", async () => {
  const requestId = await submitToTwo();
  await actOnAll(api, kim, "acceptCocp", { requestId });
  expect(await whoHasForm(requestId)).toEqual([dana, kim, sam, operator]);
  const early = await textFor(dana, requestId);
  expect(early).toMatch(/7701001[^]*7701002/);
  expect(early).not.toContain("7701005");

  await actOnAll(api, elena, "acceptCocp", { requestId });
  for (const email of [dana, operator]) {
    const text = await textFor(email, requestId);
    for (const said of ["7701001", "7701002", "7701005", kim, elena]) expect(text).toContain(said);
  }
  const kims = await textFor(kim, requestId);
  for (const said of ["7701001", "7701002", kim, "Dana Whitfield"]) expect(kims).toContain(said);
  for (const closed of ["7701005", elena, "Aspenrow"]) expect(kims).not.toContain(closed);
  const elenas = await textFor(elena, requestId);
  for (const said of ["7701005", elena, "Dana Whitfield"]) expect(elenas).toContain(said);
  for (const closed of ["7701001", "7701002", kim, "Harrowgate"]) expect(elenas).not.toContain(closed);
});

test("an account that the partner leaves is not on the form for those that it takes", async () => {
  const requestId = await submitToTwo();
  await actOnAll(api, elena, "acceptCocp", { requestId });
  await actOnAll(api, kim, "acceptCocp", { requestId });
  const { cocpRequest } = await api.data(
    operator,
    `query ($requestId: String!) {
    cocpRequest(requestId: $requestId) { records { id } } }`,
    { requestId },
  );
  const recordIds = cocpRequest.records.map(({ id }: { id: string }) => id);
  await actOnAll(api, operator, "startCocpReview", { recordIds });
  await actOnAll(api, operator, "approveCocp", { recordIds });
  const text = await textFor(elena, requestId);
  expect(text).toContain("7701005");
  expect(text).not.toMatch(/7701001|7701002|Harrowgate/);
});

test("it says neither why the customer changes partner nor what was noted", async () => {
  const { requestId } = await submit(api);
  await actOnAll(api, kim, "acceptCocp", { requestId, note: "With pleasure" });
  for (const email of [dana, kim, operator]) {
    expect(await textFor(email, requestId)).not.toMatch(/unsatisfactory|Slow to answer|With pleasure/i);
  }
});

test("the file is a PDF to save under the request's name, with the digest that was told, the same each time", async () => {
  const { requestId } = await submit(api);
  await actOnAll(api, kim, "acceptCocp", { requestId });
  const { fileName, downloadUrl, urlExpiresAt, sha256 } = await offered(dana, requestId);
  expect(fileName).toBe(`${requestId}.pdf`);
  expect(downloadUrl).toMatch(new RegExp(`^${api.config.publicUrl}/forms/[\\w.-]+$`));
  expect(downloadUrl).not.toContain(requestId);
  const minutesLeft = (Date.parse(urlExpiresAt) - Date.now()) / 60_000;
  expect(minutesLeft).toBeGreaterThan(9);
  expect(minutesLeft).toBeLessThanOrEqual(10);

  const response = await fetchForm(downloadUrl);
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "application/pdf",
    "content-disposition": `attachment; filename="${requestId}.pdf"`,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "referrer-policy": "no-referrer",
  });
  const file = Buffer.from(await response.arrayBuffer());
  expect(file.subarray(0, 5).toString()).toBe("%PDF-");
  expect(createHash("sha256").update(file).digest("hex")).toBe(sha256);
  expect((await download(dana, requestId)).equals(file)).toBe(true);
  expect((await offered(operator, requestId)).sha256).toBe(sha256);
});

test("HEAD tells the same without the file, and other methods are refused", async () => {
  const { requestId } = await submit(api);
  await actOnAll(api, kim, "acceptCocp", { requestId });
  const { downloadUrl } = await offered(dana, requestId);
  const head = await fetchForm(downloadUrl, "HEAD");
  expect(head.status).toBe(200);
  expect(Number(head.headers.get("content-length"))).toBe((await download(dana, requestId)).length);
  expect(await head.text()).toBe("");
  expect((await fetchForm(downloadUrl, "POST")).status).toBe(405);
});

test("the bytes stay the same while the record goes on, and change with the effective date", async () => {
  const { requestId, recordIds } = await submit(api, { accounts: ["7701004"] });
  const digest = async () => (await offered(dana, requestId)).sha256;
  await actOnAll(api, kim, "acceptCocp", { requestId });
  const accepted = await digest();
  await actOnAll(api, operator, "startCocpReview", { recordIds });
  await actOnAll(api, operator, "approveCocp", { recordIds });
  expect(await digest()).toBe(accepted);
  const amend = async (effectiveDate: string) =>
    await actOnAll(api, operator, "amendCocpEffectiveDate", { recordIds, effectiveDate, caseNumber: "CASE-1" });
  await amend(dayFromNow(30));
  expect(await digest()).not.toBe(accepted);
  await amend(dayFromNow(0)); // completes it
  expect(await whoHasForm(requestId)).toEqual([dana, kim, sam, operator]);
});

test("what was signed stays what it was when the directory moves an account to the other channel", async () => {
  const { requestId } = await submit(api, { accounts: ["7701001", "7701007"] });
  await actOnAll(api, kim, "acceptCocp", { requestId });
  const termsQuery = `query ($requestId: String!) { cocpRequest(requestId: $requestId) {
    terms { kind version sections { title billingAccounts { accountNumber } } } } }`;
  const signed = async () => [await api.data(dana, termsQuery, { requestId }), await offered(dana, requestId)];
  const [terms, form] = await signed();
  expect(terms.cocpRequest.terms).toMatchObject({
    kind: "COMBINED",
    sections: [
      { billingAccounts: [{ accountNumber: "7701001" }] },
      { billingAccounts: [{ accountNumber: "7701007" }] },
    ],
  });
  const move = "UPDATE billing_accounts SET channel = $1 WHERE account_number = '7701001'";
  await api.rows(move, ["INDIRECT"]);
  try {
    expect(await signed()).toMatchObject([terms, { sha256: form.sha256 }]);
  } finally {
    await api.rows(move, ["DIRECT"]);
  }
});

/** Links made by the secret of FORM_URL_SECRET or another one, at the present time or an earlier one. */
async function linkTo(requestId: string, { secret = api.config.formUrlSecret, secondsAgo = 0 } = {}): Promise<string> {
  const links = createFormLinks({ publicUrl: api.url, formUrlSecret: secret });
  const viewer = { email: dana, displayName: null, isEnterpriseAdmin: true, isOperations: false, partner: null };
  const now = Date.now() - secondsAgo * 1_000;
  const clock = jest.spyOn(Date, "now").mockReturnValue(now);
  const issued = links.issue(viewer, requestId);
  clock.mockRestore();
  return (await issued).downloadUrl;
}

test("a link that has run out is 410 and says what to do", async () => {
  const { requestId } = await submit(api);
  await actOnAll(api, kim, "acceptCocp", { requestId });
  expect((await fetchForm(await linkTo(requestId, { secondsAgo: 500 }))).status).toBe(200);
  const late = await fetchForm(await linkTo(requestId, { secondsAgo: 601 }));
  expect(late.status).toBe(410);
  expect(late.headers.get("cache-control")).toBe("no-store");
  const message = "This link has expired. Ask for a new one: CocpRequest.form.downloadUrl.";
  expect(await late.json()).toEqual({ errors: [{ message, extensions: { code: "LINK_EXPIRED" } }] });
});

test("what is not a link of ours is 404, made with another secret or altered included", async () => {
  const { requestId } = await submit(api);
  await actOnAll(api, kim, "acceptCocp", { requestId });
  const url = await linkTo(requestId);
  const foreign = await linkTo(requestId, { secret: randomBytes(32).toString("hex") });
  const altered = url.replace(/(?<=\.)[^.](?=[^.]*$)/, (character) => (character === "A" ? "B" : "A"));
  const accessToken = `${api.url}/forms/${await api.tokenFor(dana)}`;
  const garbage = ["", "x", "a.b.c.d.e", "%00", "..%2f..%2fetc%2fpasswd", "x".repeat(5_000)];
  const others = garbage.map((token) => `${api.url}/forms/${token}`);
  for (const wrong of [foreign, altered, accessToken, `${url}/x`, ...others]) {
    const response = await fetchForm(wrong);
    expect(response.status).toBe(404);
    const error = { message: "There is no form at this address.", extensions: { code: "NOT_FOUND" } };
    expect(await response.json()).toEqual({ errors: [error] });
  }
  expect((await fetchForm(url)).status).toBe(200);
});

test("a link is worth nothing once the record is refused, or the person has lost its part", async () => {
  const { requestId, recordIds } = await submit(api);
  await actOnAll(api, kim, "acceptCocp", { requestId });
  const { downloadUrl } = await offered(dana, requestId);
  const kims = (await offered(kim, requestId)).downloadUrl;
  expect((await fetchForm(kims)).status).toBe(200);
  await api.rows("UPDATE partner_users SET partner_id = (SELECT id FROM partners WHERE pcn = $1) WHERE email = $2", [
    meridian,
    kim,
  ]);
  expect((await fetchForm(kims)).status).toBe(404);
  await api.rows(
    "UPDATE partner_users SET partner_id = (SELECT partner_id FROM partner_users WHERE email = $1) WHERE email = $2",
    [sam, kim],
  );
  expect((await fetchForm(kims)).status).toBe(200);
  await actOnAll(api, operator, "refuseCocp", { recordIds, note: "Not this one" });
  expect((await fetchForm(downloadUrl)).status).toBe(404);
  expect((await fetchForm(kims)).status).toBe(404);
});

test("F12: a form that can't be made is answered with an error, and the API serves on", async () => {
  const node = await api.startNode({ form: 1 });
  const { requestId } = await submit(api);
  await actOnAll(api, kim, "acceptCocp", { requestId });
  const { downloadUrl } = await offered(dana, requestId);
  const response = await fetch(downloadUrl.replace(api.config.publicUrl, node.url));
  const extensions = { code: "INTERNAL_SERVER_ERROR", errorId: expect.any(String) };
  expect(response.status).toBe(500);
  expect(await response.json()).toEqual({ errors: [{ message: "Internal server error", extensions }] });
  expect(log.text()).toMatch(/could not be made: it takes more than 0.001 s/);
  expect((await node.ask(dana, "{ viewer { email } }")).status).toBe(200);
  expect((await fetchForm(downloadUrl)).status).toBe(200);
  await node.stop();
});

test("it takes as many statements for three records and two partners as for one", async () => {
  const statements = jest.spyOn(StatementLog.prototype, "logQuery");
  const count = async (work: () => Promise<unknown>) => {
    statements.mockClear();
    await work();
    return statements.mock.calls.filter(([statement]) => !statement.includes("pg_notify")).length; // it comes any time
  };
  const { requestId: one } = await submit(api, { accounts: ["7701003"] });
  const three = await submitToTwo();
  for (const requestId of [one, three]) await actOnAll(api, kim, "acceptCocp", { requestId });
  await actOnAll(api, elena, "acceptCocp", { requestId: three });
  const inQuery = await count(() => offered(dana, one));
  expect(await count(() => offered(dana, three))).toBe(inQuery);
  for (const requestId of [one, three]) {
    const { downloadUrl } = await offered(dana, requestId);
    expect(await count(() => fetchForm(downloadUrl))).toBe(12);
  }
  statements.mockRestore();
});
