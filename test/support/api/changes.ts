import { globalId } from "../../../src/resolvers/globalId";
import { dana, kim, operator, type TestApi, type TestNode } from "./testApi";

/** The new partner that kim and sam work for. */
export const harrowgate = "PCN-4410387";
/** The old partner that elena works for. */
export const meridian = "PCN-4410512";

/** The ids of billing accounts, in the order given, whoever may see them. */
export async function accountIds(api: TestApi, accountNumbers: readonly string[]): Promise<string[]> {
  const rows = await api.rows<{ id: string; account_number: string }>(
    "SELECT id, account_number FROM billing_accounts WHERE account_number = ANY($1)",
    [accountNumbers],
  );
  return accountNumbers.map((number) => {
    const row = rows.find(({ account_number }) => account_number === number);
    if (row === undefined) throw new Error(`There is no billing account ${number}`);
    return globalId("BillingAccount", row.id);
  });
}

/** Adds to the demo data billing accounts of dana's like the first one. */
export async function addAccountsLike(api: TestApi, accountNumbers: readonly string[]): Promise<void> {
  await api.rows(
    `WITH added AS (
      INSERT INTO billing_accounts SELECT (jsonb_populate_record(a, jsonb_build_object(
        'id', gen_random_uuid(), 'account_number', number, 'display_name', 'Northlight ' || number))).*
      FROM billing_accounts a, unnest($2::text[]) AS number WHERE a.account_number = '7701001' RETURNING id)
    INSERT INTO billing_account_roles (email, billing_account_id, role) SELECT $1, id, 'ENTERPRISE_ADMIN' FROM added`,
    [dana, accountNumbers],
  );
}

export interface PartnerChange {
  billingAccountId: string;
  newPartnerPcn: string;
  partnerNotificationContact: string;
  reason: string;
  reasonNote?: string | null;
}

export interface InitiateInput {
  changes: PartnerChange[];
  signature: { firstName: string; lastName: string; acceptTerms: boolean; termsVersion: string };
  idempotencyKey?: string;
}

export interface Proposal {
  readonly by?: string;
  readonly accounts?: readonly string[];
  readonly pcn?: string;
  readonly contact?: string;
}

/** What initiateCocp would be sent, signed under the terms that the preview names. */
export async function proposal(
  api: TestApi,
  { by = dana, accounts = ["7701001"], pcn = harrowgate, contact = kim }: Proposal = {},
): Promise<InitiateInput> {
  const changes = (await accountIds(api, accounts)).map((billingAccountId) => ({
    billingAccountId,
    newPartnerPcn: pcn,
    partnerNotificationContact: contact,
    reason: "UNSATISFACTORY_SERVICE",
    reasonNote: "Slow to answer",
  }));
  return { changes, signature: await signatureFor(api, by, changes) };
}

/** Dana's signature under the terms that apply to the changes. */
export async function signatureFor(api: TestApi, by: string, changes: PartnerChange[]) {
  const query = "query ($changes: [PartnerChangeInput!]!) { previewCocp(changes: $changes) { terms { version } } }";
  const { previewCocp } = await api.data(by, query, { changes });
  const termsVersion: string = previewCocp.terms?.version ?? "none";
  return { firstName: "Dana", lastName: "Whitfield", acceptTerms: true, termsVersion };
}

export interface UserError {
  readonly code: string;
  readonly message: string;
  readonly field: string[] | null;
  readonly recordId?: string | null;
}

export interface Initiated {
  readonly request: { requestId: string; records: { id: string; billingAccount: { accountNumber: string } }[] } | null;
  readonly replayed: boolean;
  readonly warnings: { code: string; field: string[] | null }[];
  readonly userErrors: UserError[];
}

/** Any node. */
type Asked = Pick<TestNode, "data">;

const initiateMutation = `mutation ($input: InitiateCocpInput!) { initiateCocp(input: $input) {
  request { requestId records { id billingAccount { accountNumber } } } replayed warnings { code field }
  userErrors { code message field } } }`;

/** Sends initiateCocp. */
export async function initiate(api: Asked, by: string, input: InitiateInput): Promise<Initiated> {
  return (await api.data(by, initiateMutation, { input })).initiateCocp;
}

/** A request, and its records by account number. */
export interface Submitted {
  readonly requestId: string;
  readonly recordIds: string[];
}

/**
 * A submitted request: one account to kim's organization unless told otherwise. Records are in the order of the
 * accounts.
 */
export async function submit(api: TestApi, what: Proposal = {}): Promise<Submitted> {
  const { request, userErrors } = await initiate(api, what.by ?? dana, await proposal(api, what));
  if (request === null) throw new Error(JSON.stringify(userErrors));
  const { accounts = ["7701001"] } = what;
  const recordOf = (number: string) => request.records.find((one) => one.billingAccount.accountNumber === number);
  return { requestId: request.requestId, recordIds: accounts.flatMap((number) => recordOf(number)?.id ?? []) };
}

const inputTypes = {
  acceptCocp: "RespondToCocpInput",
  declineCocp: "RespondToCocpInput",
  cancelCocp: "CancelCocpInput",
  startCocpReview: "ReviewCocpInput",
  approveCocp: "ReviewCocpInput",
  refuseCocp: "ReviewCocpInput",
  amendCocpEffectiveDate: "AmendCocpEffectiveDateInput",
  updatePartnerNotificationContact: "UpdateNotificationContactInput",
  resendPartnerNotification: "ResendNotificationInput",
} as const;

export type RecordMutation = keyof typeof inputTypes;

export interface RecordsPayload {
  readonly records: { id: string; status: string }[];
  readonly userErrors: UserError[];
}

/** The document of a mutation on records. */
export function mutationOf(name: RecordMutation): string {
  return `mutation ($input: ${inputTypes[name]}!) { ${name}(input: $input) {
    records { id status } userErrors { code message field recordId } } }`;
}

/** Acts on records as a person. */
export async function act(api: Asked, by: string, name: RecordMutation, input: object): Promise<RecordsPayload> {
  return (await api.data(by, mutationOf(name), { input }))[name];
}

/** Acts on records, all of which must take it. */
export async function actOnAll(api: Asked, by: string, name: RecordMutation, input: object): Promise<void> {
  const { records, userErrors } = await act(api, by, name, input);
  if (userErrors.length > 0 || records.length === 0) throw new Error(`${name}: ${JSON.stringify(userErrors)}`);
}

/** Today's date in UTC, some days on. */
export function dayFromNow(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

/** Takes a submitted request to IN_GRACE_PERIOD: accepted, reviewed and approved. */
export async function approve(api: TestApi, { requestId, recordIds }: Submitted, by = kim): Promise<void> {
  await actOnAll(api, by, "acceptCocp", { requestId });
  await actOnAll(api, operator, "startCocpReview", { recordIds });
  await actOnAll(api, operator, "approveCocp", { recordIds });
}

/** Takes a submitted request to COMPLETED, by an Early COCP case for today. */
export async function complete(api: TestApi, submitted: Submitted, by = kim): Promise<void> {
  await approve(api, submitted, by);
  const early = { recordIds: submitted.recordIds, effectiveDate: dayFromNow(0), caseNumber: "CASE-1" };
  await actOnAll(api, operator, "amendCocpEffectiveDate", early);
}

/** How many rows each table has, background jobs included. */
export async function countRows(api: TestApi): Promise<Record<string, number>> {
  const tables = await api.rows<{ name: string }>(`SELECT format('%I.%I', table_schema, table_name) AS name
    FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema IN ('public', 'graphile_worker')
      AND table_name <> 'rate_limits'`);
  const counts = tables.map(({ name }) => `SELECT '${name}' AS name, count(*)::integer AS count FROM ${name}`);
  const rows = await api.rows<{ name: string; count: number }>(counts.join(" UNION ALL "));
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
}
