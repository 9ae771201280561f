import { createHmac } from "node:crypto";
import { actOnAll, proposal, submit, type InitiateInput } from "../support/api/changes";
import { keepingLogger } from "../support/api/logLines";
import { readMetrics } from "../support/api/metrics";
import { dana, kim, rafael, sam, startTestApi, type TestApi } from "../support/api/testApi";
import { overHttp, transports, type Transport } from "./support/transports";

/** Trying out numbers and addresses, and sending one person mail after mail. */

const perHour = 10;
const invitations = 3;
const secret = "a secret of the form links, long enough";
const { logger, lines } = keepingLogger();
let api: TestApi;
beforeEach(async () => {
  const environment = {
    RATE_LIMIT_LOOKUPS: String(perHour),
    RATE_LIMIT_INVITATIONS: String(invitations),
    FORM_URL_SECRET: secret,
  };
  api = await startTestApi({ worker: false, logger, environment });
  lines.length = 0;
});
afterEach(async () => {
  jest.restoreAllMocks();
  await api.stop();
});

const alarms = () => lines.filter(({ msg }) => String(msg).includes("enumerating partners"));
const confirm = "query ($pcn: String!) { confirmPartner(pcn: $pcn) { confirmed problems { code } } }";
const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => `PCN-${9_000_000 + from + i}`);

async function tryOut({ ask }: Transport, email: string, pcns: readonly string[], at: { readonly url: string } = api) {
  const token = await api.tokenFor(email);
  const codes: unknown[] = [];
  for (const pcn of pcns) {
    const { data, codes: refusal } = await ask(at, token, { query: confirm, variables: { pcn } });
    codes.push(refusal[0] ?? data.confirmPartner.problems[0].code);
  }
  return codes;
}
const times = <Value>(count: number, value: Value) => Array.from({ length: count }, () => value);

const previewQuery = `query ($changes: [PartnerChangeInput!]!) {
  previewCocp(changes: $changes) { items { contactVerification newPartner { pcn } } } }`;
const initiateQuery = `mutation ($input: InitiateCocpInput!) { initiateCocp(input: $input) { request { requestId } } }`;

describe.each(transports)("over $name", (transport) => {
  const asDana = async (query: string, variables: Record<string, unknown> = {}) =>
    await transport.ask(api, await api.tokenFor(dana), { query, variables });
  const initiate = (input: InitiateInput) => asDana(initiateQuery, { input });

  test("D12 numbers of partners can't be tried out: stopped at the limit of the person, with when to try again", async () => {
    expect(await tryOut(transport, dana, numbers(0, perHour))).toEqual(times(perHour, "PARTNER_NOT_FOUND"));
    const { status, data, errors } = await asDana(confirm, { pcn: "PCN-4410387" });
    expect(data).toBeNull();
    if (transport.name === "HTTP") expect(status).toBe(429);
    const retryAfter = Number(errors[0]?.extensions["retryAfter"]);
    expect(errors[0]?.extensions).toEqual({ code: "RATE_LIMITED", retryAfter });
    expect(retryAfter).toBeGreaterThan(3_500);
    expect(retryAfter).toBeLessThanOrEqual(3_600);
    for (const other of transports) expect(await tryOut(other, dana, numbers(100, 1))).toEqual(["RATE_LIMITED"]);
  });

  test("D12 nor by aliases in one operation", async () => {
    const aliases = numbers(0, 20).map((pcn, i) => `a${i}: confirmPartner(pcn: "${pcn}") { confirmed }`);
    expect((await asDana(`{ ${aliases.join(" ")} }`)).codes).toContain("RATE_LIMITED");
  });

  test("D13 who works for a partner can't be tried out by the preview, nor by submitting, nor by correcting a contact", async () => {
    const { changes, ...input } = await proposal(api, { accounts: ["7701001"] });
    const to = (name: string) =>
      changes.map((change) => ({ ...change, partnerNotificationContact: `${name}@harrowgate.example` }));
    const answers = [];
    for (let i = 0; i < perHour; i += 1) answers.push(await asDana(previewQuery, { changes: to(`nobody${i}`) }));
    expect(answers[0]?.data.previewCocp.items[0].contactVerification).toBe("UNVERIFIED");
    expect(answers.at(-1)?.codes).toEqual(["RATE_LIMITED"]);
    expect((await initiate({ ...input, changes: to("sam.okafor") })).codes).toEqual(["RATE_LIMITED"]);
    const correct = `mutation { updatePartnerNotificationContact(input:
      { requestId: "COCP-0000-0000", partnerNotificationContact: "sam.okafor@harrowgate.example" }) { warnings { code } } }`;
    expect((await asDana(correct)).codes).toEqual(["RATE_LIMITED"]);
    expect(await api.rows("SELECT FROM cocp_requests")).toEqual([]);
  });

  test("H22 nobody is mailed without end by initiating and canceling", async () => {
    const again = async () => await initiate(await proposal(api));
    for (let i = 0; i < invitations; i += 1) {
      const { requestId } = (await again()).data.initiateCocp.request;
      await actOnAll(api, dana, "cancelCocp", { requestId });
      await api.rows("UPDATE cocp_records SET status = 'CANCELED', closed_by = 'CUSTOMER'");
    }
    expect((await again()).codes).toEqual(["RATE_LIMITED"]);
    const toSam = await initiate(await proposal(api, { contact: sam }));
    expect(toSam.data.initiateCocp.request).not.toBeNull();
    const count =
      "SELECT count(*)::integer AS count FROM cocp_notifications WHERE kind = 'INVITATION' AND recipient = $1";
    expect(await api.rows(count, [kim])).toEqual([{ count: invitations }]);
  });
});

describe("the limit on invitations", () => {
  const invited =
    "SELECT FROM cocp_notifications WHERE kind = 'INVITATION' AND recipient = $1 AND state <> 'SUPPRESSED'";
  const countOf = async (contact: string) => (await api.rows(invited, [contact])).length;
  const codeOf = ({ errors }: { errors?: readonly { extensions: Record<string, unknown> }[] }) =>
    errors?.[0]?.extensions["code"] ?? null;
  const initiation = `mutation ($input: InitiateCocpInput!) { initiateCocp(input: $input) {
    request { requestId } replayed warnings { code } userErrors { code } } }`;
  const resending = `mutation ($input: ResendNotificationInput!) { resendPartnerNotification(input: $input) {
    records { id } userErrors { code } } }`;
  const anHourLater = () => api.rows("UPDATE cocp_notifications SET created_at = created_at - interval '1 hour'");

  test("counts what is sent again, names the time, and rolls back what went beyond it", async () => {
    const { requestId } = await submit(api);
    for (let sent = 1; sent < invitations; sent += 1) {
      expect(await api.data(dana, resending, { input: { requestId } })).toMatchObject({
        resendPartnerNotification: { userErrors: [] },
      });
      await anHourLater(); // by the service's clock: the pause is over, the hour of the limit goes by real time
    }
    const refused = await api.ask(dana, resending, { input: { requestId } });
    expect(codeOf(refused)).toBe("RATE_LIMITED");
    expect(refused.errors?.[0]?.extensions["retryAfter"]).toBeGreaterThan(3_000);
    expect(await countOf(kim)).toBe(invitations);
    const other = await api.ask(dana, initiation, { input: await proposal(api, { accounts: ["7701002"] }) });
    expect(codeOf(other)).toBe("RATE_LIMITED");
    expect(await api.rows("SELECT FROM cocp_requests")).toHaveLength(1);
    await api.rows("UPDATE cocp_notifications SET written_at = written_at - interval '1 hour' WHERE NOT resent");
    expect(codeOf(await api.ask(dana, resending, { input: { requestId } }))).toBeNull();
  });

  test("does not count what is suppressed", async () => {
    const contact = "nobody.known@harrowgate.example";
    for (const account of ["7701001", "7701002", "7701003", "7701004"]) {
      await submit(api, { accounts: [account], contact });
    }
    expect(await countOf(contact)).toBe(0);
  });

  test("answers a repeated initiation as the first time, though the limit is reached", async () => {
    const input = { ...(await proposal(api)), idempotencyKey: "once" };
    const first = await api.data(dana, initiation, { input });
    for (const account of ["7701002", "7701003"]) await submit(api, { accounts: [account] });
    expect(codeOf(await api.ask(dana, initiation, { input: await proposal(api, { accounts: ["7701004"] }) }))).toBe(
      "RATE_LIMITED",
    );
    const again = await api.data(dana, initiation, { input });
    expect(again.initiateCocp).toMatchObject({ request: first.initiateCocp.request, replayed: true });
  });

  test("of invitations to one contact at once no more are written than it admits", async () => {
    const inputs = await Promise.all(
      ["7701001", "7701002", "7701003", "7701004", "7701007"].map((account) => proposal(api, { accounts: [account] })),
    );
    const codes = await Promise.all(inputs.map(async (input) => codeOf(await api.ask(dana, initiation, { input }))));
    expect(codes.filter((code) => code === "RATE_LIMITED")).toHaveLength(inputs.length - invitations);
    expect(await countOf(kim)).toBe(invitations);
  });
});

test("D12 numbers can't be tried out by many people of one customer either, nor at another node", async () => {
  const node = await api.startNode();
  try {
    expect(await tryOut(overHttp, dana, numbers(0, perHour))).not.toContain("RATE_LIMITED");
    expect(await tryOut(overHttp, dana, numbers(100, 1), node)).toEqual(["RATE_LIMITED"]);
    const others = await tryOut(overHttp, rafael, numbers(200, perHour), node);
    expect(others.at(0)).toBe("PARTNER_NOT_FOUND");
    expect(others.at(-1)).toBe("RATE_LIMITED");
    expect(await tryOut(overHttp, kim, numbers(300, 1))).toEqual(["PARTNER_NOT_FOUND"]);
  } finally {
    await node.stop();
  }
});

test("D12 the log is told once who it is, by a hash, and of which customer; the metrics count each number", async () => {
  const customers = await api.rows<{ id: string }>("SELECT id FROM customers WHERE name LIKE 'Northlight%'");
  const refused = async () => (await readMetrics(api.url)).value("changeover_lookups_refused_total");
  await tryOut(overHttp, dana, numbers(0, perHour));
  expect([await refused(), alarms()]).toEqual([0, []]);
  expect(await tryOut(overHttp, dana, numbers(100, 5))).toEqual(times(5, "RATE_LIMITED"));
  expect(await refused()).toBe(5);
  const viewer = createHmac("sha256", secret).update(`viewer:${dana}`).digest("hex").slice(0, 16);
  expect(alarms()).toMatchObject([{ level: 40, viewer, tenants: customers.map(({ id }) => id) }]);
  expect(JSON.stringify(alarms())).not.toMatch(/@|northlight|dana/i);
  await tryOut(overHttp, rafael, numbers(200, perHour + 1));
  expect(alarms()).toHaveLength(2);
});

test("D12 whom somebody asks for is looked up again each minute, also while it goes on asking", async () => {
  let passed = 0;
  const now = performance.now.bind(performance);
  jest.spyOn(performance, "now").mockImplementation(() => now() + passed);
  await tryOut(overHttp, dana, numbers(0, 1));
  await api.rows(
    `INSERT INTO billing_account_roles (email, billing_account_id, role) SELECT $1, a.id, 'ENTERPRISE_ADMIN'
     FROM billing_accounts a JOIN customers c ON c.id = a.customer_id WHERE c.name = 'Brackwater Rail'`,
    [dana],
  );
  for (const turn of [1, 2]) {
    passed += 40_000;
    await tryOut(overHttp, dana, numbers(100 * turn, 1));
  }
  await tryOut(overHttp, dana, numbers(300, perHour));
  expect(alarms()).toMatchObject([{ tenants: [expect.any(String), expect.any(String)] }]);
});

test("D12 a form that is checked again and again counts once", async () => {
  expect(await tryOut(overHttp, dana, times(3 * perHour, "PCN-9000001"))).not.toContain("RATE_LIMITED");
});
