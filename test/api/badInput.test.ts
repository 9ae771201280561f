import {
  accountIds,
  countRows,
  initiate,
  proposal,
  type InitiateInput,
  type PartnerChange,
} from "../support/api/changes";
import { dana, startTestApi, type TestApi } from "../support/api/testApi";

let api: TestApi;
let before: Record<string, number>;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
  await api.rows(`INSERT INTO billing_account_roles (email, billing_account_id, role)
    SELECT '${dana}', id, 'ENTERPRISE_ADMIN' FROM billing_accounts WHERE account_number = '7702003'`);
  before = await countRows(api);
});
afterEach(async () => expect(await countRows(api)).toEqual(before));
afterAll(() => api.stop());

type Edit = (input: InitiateInput) => InitiateInput | Promise<InitiateInput>;

const withChange =
  (part: Partial<PartnerChange>): Edit =>
  (input) => ({
    ...input,
    changes: input.changes.map((change, index) => (index === 0 ? { ...change, ...part } : change)),
  });
const withSignature =
  (part: Partial<InitiateInput["signature"]>): Edit =>
  (input) => ({ ...input, signature: { ...input.signature, ...part } });
const onAccounts =
  (...accounts: string[]): Edit =>
  async () =>
    proposal(api, { accounts });

const change = (name: string, index = 0) => ["changes", String(index), name];
const signature = (name: string) => ["signature", name];
const allOfDana = Array.from({ length: 21 }, (_, index) => String(7701001 + index));

const refused: [string, Edit, string, string[]][] = [
  ["an unknown PCN", withChange({ newPartnerPcn: "PCN-0" }), "PARTNER_NOT_FOUND", change("newPartnerPcn")],
  ["a blank PCN", withChange({ newPartnerPcn: "  " }), "PARTNER_NOT_FOUND", change("newPartnerPcn")],
  [
    "a PCN of 33 characters",
    withChange({ newPartnerPcn: "9".repeat(33) }),
    "PARTNER_NOT_FOUND",
    change("newPartnerPcn"),
  ],
  [
    "a partner not allowed",
    withChange({ newPartnerPcn: "PCN-4411304" }),
    "PARTNER_NOT_ALLOWED",
    change("newPartnerPcn"),
  ],
  [
    "a reseller for a DIRECT account",
    withChange({ newPartnerPcn: "PCN-4410629" }),
    "PARTNER_NOT_AUTHORIZED_FOR_CHANNEL",
    change("newPartnerPcn"),
  ],
  [
    "the partner of record",
    withChange({ newPartnerPcn: "PCN-4410512" }),
    "PARTNER_IS_CURRENT",
    change("newPartnerPcn"),
  ],
  ["no account", (input) => ({ ...input, changes: [] }), "NO_BILLING_ACCOUNTS", ["changes"]],
  ["21 accounts", onAccounts(...allOfDana), "TOO_MANY_BILLING_ACCOUNTS", ["changes"]],
  [
    "the same account twice",
    onAccounts("7701001", "7701001"),
    "DUPLICATE_BILLING_ACCOUNT",
    change("billingAccountId", 1),
  ],
  ["accounts of two customers", onAccounts("7701001", "7702003"), "ACCOUNTS_OF_SEVERAL_CUSTOMERS", ["changes"]],
  ["somebody else's account", onAccounts("7702001"), "BILLING_ACCOUNT_NOT_FOUND", change("billingAccountId")],
  [
    "an id that is none",
    withChange({ billingAccountId: "acc_0" }),
    "BILLING_ACCOUNT_NOT_FOUND",
    change("billingAccountId"),
  ],
  [
    "an account that one may only read",
    onAccounts("7701022"),
    "BILLING_ACCOUNT_NOT_ELIGIBLE",
    change("billingAccountId"),
  ],
  [
    "outdated terms",
    withSignature({ termsVersion: "CHANGE_OF_RESELLER/1999-01" }),
    "TERMS_OUTDATED",
    signature("termsVersion"),
  ],
  ["terms not accepted", withSignature({ acceptTerms: false }), "TERMS_NOT_ACCEPTED", signature("acceptTerms")],
  ["a blank first name", withSignature({ firstName: " \u00a0" }), "INVALID_NAME", signature("firstName")],
  [
    "a last name of 101 characters",
    withSignature({ lastName: "x".repeat(101) }),
    "INVALID_NAME",
    signature("lastName"),
  ],
  ["a name with a line break", withSignature({ lastName: "Whit\nfield" }), "INVALID_NAME", signature("lastName")],
  ["a note of 5,000 characters", withChange({ reasonNote: "x".repeat(5_000) }), "TEXT_TOO_LONG", change("reasonNote")],
  ["a list of addresses", withChange({ partnerNotificationContact: "a@b.example, c@d.example" }), ...badContact()],
  ["an address with a name", withChange({ partnerNotificationContact: "Kim <kim@b.example>" }), ...badContact()],
  [
    "an address with a line break",
    withChange({ partnerNotificationContact: "a@b.example\r\nBcc: c@d.example" }),
    ...badContact(),
  ],
];

function badContact(): [string, string[]] {
  return ["INVALID_EMAIL", change("partnerNotificationContact")];
}

test.each(refused)("refuses %s", async (_what, edit, code, field) => {
  const { request, userErrors } = await initiate(api, dana, await edit(await proposal(api)));
  expect(request).toBeNull();
  expect(userErrors).toEqual([{ code, field, message: expect.stringMatching(/^\S.*\.$/) }]);
});

test("names every reason of an account that is not eligible", async () => {
  const { userErrors } = await initiate(api, dana, await proposal(api, { accounts: ["7701021"] }));
  const field = change("billingAccountId");
  const reason = { code: "BILLING_ACCOUNT_NOT_ELIGIBLE", field };
  expect(userErrors).toMatchObject([reason, reason, reason]);
  const messages = userErrors.map(({ message }) => message).join(" ");
  for (const part of ["SPLA", "has ended", "Enterprise Direct Support"]) expect(messages).toContain(part);
});

test("names all that is wrong at once", async () => {
  const input = await proposal(api, { accounts: ["7701001", "7701016"] });
  const [first] = input.changes;
  const bad = withChange({ newPartnerPcn: "PCN-0", partnerNotificationContact: "kim" });
  const all = withSignature({ firstName: "", acceptTerms: false });
  if (first === undefined) throw new Error("There is a change");
  const { userErrors } = await initiate(api, dana, await all(await bad(input)));
  const codes = [
    "PARTNER_NOT_FOUND",
    "INVALID_EMAIL",
    "BILLING_ACCOUNT_NOT_ELIGIBLE",
    "INVALID_NAME",
    "TERMS_NOT_ACCEPTED",
  ];
  expect(userErrors.map(({ code }) => code)).toEqual(codes);
});

const initiateQuery = "mutation ($input: InitiateCocpInput!) { initiateCocp(input: $input) { replayed } }";

test("refuses an idempotency key that is empty or of 256 characters", async () => {
  for (const idempotencyKey of ["", "k".repeat(256)]) {
    const { errors } = await api.ask(dana, initiateQuery, { input: { ...(await proposal(api)), idempotencyKey } });
    expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", field: ["input", "idempotencyKey"] });
  }
});

test("confirmPartner names the account that is not the viewer's", async () => {
  const query = 'query ($ids: [ID!]!) { confirmPartner(pcn: "PCN-4410387", billingAccountIds: $ids) { confirmed } }';
  const ids = await accountIds(api, ["7701001", "7702001"]);
  const { errors } = await api.ask(dana, query, { ids });
  expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", field: ["billingAccountIds", "1"] });
});
