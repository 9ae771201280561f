import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SignJWT, generateKeyPair } from "jose";
import { actOnAll, initiate, mutationOf, proposal, submit } from "../support/api/changes";
import { formText } from "../support/api/forms";
import { dana, kim, operator, startTestApi, type TestApi } from "../support/api/testApi";
import { until } from "../support/until";
import { requestTransports, transports } from "./support/transports";

/** What is carried from one person to another: by mail, in the form, and what the service might be made to fetch. */

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterEach(async () => {
  await allSent();
  await api.clearRequests();
});
afterAll(() => api.stop());

const allSent = () =>
  until(async () => (await api.rows("SELECT FROM cocp_notifications WHERE state = 'QUEUED'")).length === 0);

async function formOf(requestId: string): Promise<{ downloadUrl: string; sha256: string }> {
  const query = "query ($requestId: String!) { cocpRequest(requestId: $requestId) { form { downloadUrl sha256 } } }";
  const { cocpRequest } = await api.data(dana, query, { requestId });
  const { downloadUrl, sha256 } = cocpRequest.form;
  return { downloadUrl: downloadUrl.replace(api.config.publicUrl, api.url), sha256 };
}
const sha256 = (file: Uint8Array) => createHash("sha256").update(file).digest("hex");

const script = `<script>alert(1)</script><img src=x onerror=alert(1)> "javascript:alert(1)" [a](javascript:alert(1))`;

test("D18 a script in names and notes is kept as it is, and is text in mails and in the form", async () => {
  const input = await proposal(api, { accounts: ["7701001", "7701002"] });
  const { request } = await initiate(api, dana, {
    changes: input.changes.map((change) => ({ ...change, reasonNote: script })),
    signature: { ...input.signature, firstName: script.slice(0, 60), lastName: script.slice(0, 60) },
  });
  if (request === null) throw new Error("It was not submitted");
  const { requestId } = request;
  const query =
    "query ($id: String!) { cocpRequest(requestId: $id) { records { id reasonNote } signature { firstName } } }";
  const { cocpRequest } = await api.data(dana, query, { id: requestId });
  expect(cocpRequest.records.map(({ reasonNote }: { reasonNote: string }) => reasonNote)).toEqual([script, script]);
  expect(cocpRequest.signature.firstName).toBe(script.slice(0, 60));
  const [accepted, declined] = cocpRequest.records.map(({ id }: { id: string }) => [id]);
  await actOnAll(api, kim, "acceptCocp", { requestId, recordIds: accepted, note: script });
  await actOnAll(api, kim, "declineCocp", { requestId, recordIds: declined, note: script });

  expect(await formText(api, dana, requestId)).toContain("<script>alert(1)</script>");
  const { downloadUrl } = await formOf(requestId);
  const file = Buffer.from(await (await fetch(downloadUrl)).arrayBuffer()).toString("latin1");
  expect(file).not.toMatch(/\/(JavaScript|JS|OpenAction|URI|Annots?)\b/);

  await allSent();
  const mails = api.mailbox.messages().filter(({ text }) => text.includes(requestId));
  expect(mails.some(({ text }) => text.includes(script))).toBe(true);
  for (const { html } of mails) {
    expect(html).not.toMatch(/<script|<img[^>]*onerror|href="?\s*javascript:/i);
    expect((html ?? "").match(/href="([^"]*)"/g)?.every((link) => link.includes(api.config.publicUrl)) ?? true).toBe(
      true,
    );
  }
});

test("J10 a form that was altered is found by its digest: the service returns the digest of the very file that it serves", async () => {
  const [one, other] = [await submit(api, { accounts: ["7701001"] }), await submit(api, { accounts: ["7701002"] })];
  for (const { requestId } of [one, other]) await actOnAll(api, kim, "acceptCocp", { requestId });
  const served = async (requestId: string) => {
    const { downloadUrl, sha256: digest } = await formOf(requestId);
    expect(sha256(new Uint8Array(await (await fetch(downloadUrl)).arrayBuffer()))).toBe(digest);
    return digest;
  };
  const digest = await served(one.requestId);
  expect(await served(one.requestId)).toBe(digest);
  expect(await served(other.requestId)).not.toBe(digest);
});

test("J11 a form that is fetched while its record changes is the one before or the one after, and none once it is refused", async () => {
  const { requestId, recordIds } = await submit(api);
  await actOnAll(api, kim, "acceptCocp", { requestId });
  const before = await formOf(requestId);
  const day = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10);
  const fetchAll = () =>
    Promise.all(
      Array.from({ length: 6 }, async () => {
        const response = await fetch(before.downloadUrl);
        return response.status === 200 ? sha256(new Uint8Array(await response.arrayBuffer())) : response.status;
      }),
    );
  const amend = { recordIds, effectiveDate: day, caseNumber: "CASE-1" };
  const [fetched] = await Promise.all([fetchAll(), actOnAll(api, operator, "amendCocpEffectiveDate", amend)]);
  const after = await formOf(requestId);
  expect(after.sha256).not.toBe(before.sha256);
  for (const digest of fetched) expect([before.sha256, after.sha256]).toContain(digest);
  expect(new Set(await fetchAll())).toEqual(new Set([after.sha256]));
  expect(await formText(api, dana, requestId)).toContain(requestId);
  const refuse = { recordIds, note: "Not now" };
  const [racing] = await Promise.all([fetchAll(), actOnAll(api, operator, "refuseCocp", refuse)]);
  for (const digest of racing) expect([after.sha256, 404]).toContain(digest);
  expect(new Set(await fetchAll())).toEqual(new Set([404]));
});

const initiateQuery = "mutation ($input: InitiateCocpInput!) { initiateCocp(input: $input) { request { requestId } } }";
const lookUps = `query ($text: String!) {
  cocpRecords(filter: { search: $text }) { totalCount } confirmPartner(pcn: $text) { confirmed } }`;

/**
 * Does something with the address of a server that nobody has any business with. Gives what it was asked for
 * meanwhile.
 */
async function besideCanary(work: (url: string) => Promise<void>): Promise<(string | undefined)[]> {
  const asked: (string | undefined)[] = [];
  const canary = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data" }).end();
  });
  await new Promise<void>((resolve) => canary.listen(0, "127.0.0.1", resolve));
  try {
    await work(`http://127.0.0.1:${(canary.address() as AddressInfo).port}/x`);
    return asked;
  } finally {
    canary.close();
  }
}

async function forgedToken(url: string): Promise<string> {
  const { privateKey } = await generateKeyPair("RS256");
  return await new SignJWT({ email: dana })
    .setProtectedHeader({ alg: "RS256", kid: url, jku: url, x5u: url })
    .setIssuer(url)
    .setAudience(api.config.auth.audience)
    .setExpirationTime("1h")
    .sign(privateKey);
}

describe.each(transports)("over $name", ({ ask }) => {
  test("J15 nothing that anybody names is ever fetched: not from notes, names, addresses or tokens", async () => {
    const asked = await besideCanary(async (url) => {
      await api.rows("UPDATE partners SET organization_name = $1 WHERE pcn = 'PCN-4410387'", [`<img src="${url}">`]);
      const { changes, signature } = await proposal(api);
      const input = {
        changes: changes.map((change) => ({ ...change, reasonNote: `<img src="${url}"> ${url}` })),
        signature: { ...signature, firstName: url, lastName: `<iframe src="${url}">` },
      };
      const token = await api.tokenFor(dana);
      const { requestId } = (await ask(api, token, { query: initiateQuery, variables: { input } })).data.initiateCocp
        .request;
      const accepting = { query: mutationOf("acceptCocp"), variables: { input: { requestId, note: url } } };
      expect((await ask(api, await api.tokenFor(kim), accepting)).errors).toEqual([]);
      expect(await formText(api, dana, requestId)).toContain(url);
      expect((await ask(api, await forgedToken(url), { query: "{ viewer { email } }" })).data).toBeNull();
      expect((await ask(api, token, { query: lookUps, variables: { text: url } })).errors).toEqual([]);
      await allSent();
    });
    await api.rows("UPDATE partners SET organization_name = 'Harrowgate Licensing' WHERE pcn = 'PCN-4410387'");
    expect(asked).toEqual([]);
  });
});

test("J15 nor from headers", async () => {
  const asked = await besideCanary(async (url) => {
    const headers = {
      authorization: `Bearer ${await api.tokenFor(dana)}`,
      "apollo-require-preflight": "1",
      "x-forwarded-host": new URL(url).host,
    };
    expect((await fetch(`${api.url}/graphql?query={viewer{email}}`, { headers })).status).toBe(200);
  });
  expect(asked).toEqual([]);
});

describe.each(requestTransports)("over $name", ({ path }) => {
  test.each(["application/pdf", "application/zip", "application/octet-stream", "multipart/form-data; boundary=x"])(
    "J16 nothing can be uploaded: a body that is %s is 415",
    async (type) => {
      const headers = { authorization: `Bearer ${await api.tokenFor(dana)}`, "content-type": type };
      const response = await fetch(`${api.url}${path}`, { method: "POST", headers, body: Buffer.alloc(50_000, "PK") });
      expect(response.status).toBe(415);
    },
  );
});

test("J16 the schema takes no file", async () => {
  const { __schema } = await api.data(dana, "{ __schema { types { kind name } } }");
  const scalars = __schema.types.flatMap((one: { kind: string; name: string }) =>
    one.kind === "SCALAR" ? [one.name] : [],
  );
  expect(scalars.filter((name: string) => /upload|file|byte|blob/i.test(name))).toEqual([]);
});
