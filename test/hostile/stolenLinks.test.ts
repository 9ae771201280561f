import { createFormLinks } from "../../src/services/forms/formLinks";
import { actOnAll, submit } from "../support/api/changes";
import { readPdf } from "../support/api/readPdf";
import { dana, joan, kim, operator, startTestApi, type TestApi } from "../support/api/testApi";

/**
 * Links to forms in other hands: each gives what its person may have when it is used, for ten minutes, and nothing
 * else.
 */

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
});
afterEach(() => api.clearRequests());
afterAll(() => api.stop());

async function accepted(...accounts: string[]) {
  const submitted = await submit(api, { accounts });
  await actOnAll(api, kim, "acceptCocp", { requestId: submitted.requestId });
  return submitted;
}

async function linkOf(email: string, requestId: string): Promise<string> {
  const query = "query ($requestId: String!) { cocpRequest(requestId: $requestId) { form { downloadUrl } } }";
  const { cocpRequest } = await api.data(email, query, { requestId });
  return cocpRequest.form.downloadUrl.replace(api.config.publicUrl, api.url);
}

/** A link with the right seal, whether or not its person would be offered one. */
async function sealedFor(email: string, requestId: string): Promise<string> {
  const links = createFormLinks({ ...api.config, publicUrl: api.url });
  const viewer = { email, displayName: null, isEnterpriseAdmin: true, isOperations: false, partner: null };
  return (await links.issue(viewer, requestId)).downloadUrl;
}

const statusOf = async (url: string) => (await fetch(url)).status;

test("D16 a link is worth nothing while its administrator has not that role on the account, whatever else it may read", async () => {
  const { requestId } = await accepted("7701001");
  const link = await linkOf(dana, requestId);
  const setRole = `UPDATE billing_account_roles SET role = $1 WHERE email = $2
    AND billing_account_id = (SELECT id FROM billing_accounts WHERE account_number = '7701001')`;
  await api.rows(setRole, ["ENTERPRISE_ADMIN_READ_ONLY", dana]);
  try {
    expect(await statusOf(link)).toBe(404);
  } finally {
    await api.rows(setRole, ["ENTERPRISE_ADMIN", dana]);
  }
  expect(await statusOf(link)).toBe(200);
});

test("D16 nor once its person is in no directory any more", async () => {
  const { requestId } = await accepted("7701001");
  const link = await linkOf(kim, requestId);
  const [row] = await api.rows<{ gone: object }>(
    "DELETE FROM partner_users u WHERE email = $1 RETURNING to_jsonb(u) AS gone",
    [kim],
  );
  try {
    expect(await statusOf(link)).toBe(404);
  } finally {
    await api.rows("INSERT INTO partner_users SELECT (jsonb_populate_record(NULL::partner_users, $1)).*", [row?.gone]);
  }
  expect(await statusOf(link)).toBe(200);
});

test("D16 a link that was given out before an account was refused gives a form without it", async () => {
  const { requestId, recordIds } = await accepted("7701001", "7701002");
  const links = [await linkOf(dana, requestId), await linkOf(kim, requestId)];
  await actOnAll(api, operator, "refuseCocp", { recordIds: [recordIds[0]], note: "Not this one" });
  for (const link of links) {
    const file = await fetch(link);
    const text = (await readPdf(Buffer.from(await file.arrayBuffer()))).pages.join();
    expect(text).toContain("7701002");
    expect(text).not.toContain("7701001");
  }
});

test("D16 a link of somebody who has no part in the request is worth nothing, however well it is sealed", async () => {
  const { requestId } = await accepted("7701001");
  expect(await statusOf(await sealedFor(dana, requestId))).toBe(200);
  expect(await statusOf(await sealedFor(joan, requestId))).toBe(404);
});

test("D16 no link is made of parts of others, nor of a Request ID in the place of the token", async () => {
  const [first, second] = [await accepted("7701001"), await accepted("7701002")];
  const links = [await linkOf(dana, first.requestId), await linkOf(dana, second.requestId)];
  for (const link of links) expect(await statusOf(link)).toBe(200);
  const [one = [], other = []] = links.map((link) => link.slice(link.lastIndexOf("/") + 1).split("."));
  expect(one).toHaveLength(5);
  const spliced = [2, 3, 4].flatMap((part) => [one.with(part, other[part] ?? ""), other.with(part, one[part] ?? "")]);
  for (const token of [...spliced.map((parts) => parts.join(".")), first.requestId]) {
    expect(await statusOf(`${api.url}/forms/${token}`)).toBe(404);
  }
});

test("D16 a link has no secret of the person in it: who holds it can ask for nothing else", async () => {
  const { requestId } = await accepted("7701001");
  const link = await linkOf(dana, requestId);
  const token = link.slice(link.lastIndexOf("/") + 1);
  expect((await api.askWith(token, "{ viewer { email } }")).status).toBe(401);
  expect(Buffer.from(token.replaceAll(".", ""), "base64url").toString("latin1")).not.toMatch(/northlight|COCP-/i);
});
