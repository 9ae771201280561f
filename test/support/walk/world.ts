import { globalId } from "../../../src/resolvers/globalId";
import {
  act,
  actOnAll,
  complete,
  harrowgate,
  initiate,
  meridian,
  proposal,
  submit,
  type Proposal,
} from "../api/changes";
import { juniper, orchard } from "../api/package";
import { dana, iris, kim, lena, mei, operator, otto, stellan, type TestApi } from "../api/testApi";

/** Rows of the tables, as the walk judges by them: the rules of visibility are written out once more in `rights.ts`. */
export interface World {
  readonly accounts: readonly { id: string; number: string; name: string; customer: string; partner: string }[];
  readonly customers: readonly { id: string; number: string; name: string }[];
  readonly partners: readonly { id: string; pcn: string; name: string }[];
  readonly roles: readonly { email: string; account: string; role: string }[];
  readonly users: readonly { email: string; partner: string }[];
  readonly requests: readonly { id: string; lastName: string; signedBy: string }[];
  readonly records: readonly WorldRecord[];
  readonly events: readonly {
    id: string;
    record: string;
    type: string;
    sequence: number;
    cursor: string;
    note: string | null;
    actor: string;
    actorEmail: string | null;
  }[];
  readonly notifications: readonly { id: string; record: string; partner: string | null; recipient: string }[];
  readonly keys: readonly { key: string; email: string }[];
  /** On which something takes effect, and those before. */
  readonly days: readonly string[];
}

export interface WorldRecord {
  readonly id: string;
  readonly request: string;
  readonly account: string;
  readonly oldPartner: string;
  readonly newPartner: string;
  readonly contact: string;
  readonly reasonNote: string | null;
  readonly closingNote: string | null;
  /** Sequence of the event that approved it. */
  readonly approval: number | null;
}

/** The demo's accounts that the world is made of: some in requests, some not, of four customers. */
const accounts =
  "7701001 7701002 7701003 7701004 7701007 7701008 7701011 7701012 7701022 7702001 7702002 7702003 7703001 7703002 7704001".split(
    " ",
  );

let submitted = 0;

/** A request whose every text is its own, so that it is known wherever it comes up. */
async function submitMarked(api: TestApi, what: Proposal & { readonly pcns?: readonly string[] }) {
  submitted += 1;
  const input = await proposal(api, what);
  input.changes.forEach((change, index) => {
    const mark = `${submitted}x${index}`;
    change.reasonNote = `reason-${mark}-of-the-customer`;
    change.partnerNotificationContact = `contact-${mark}@somewhere.example`;
    change.newPartnerPcn = what.pcns?.[index] ?? change.newPartnerPcn;
  });
  input.signature.lastName = `Signer-${submitted}`;
  input.idempotencyKey = `key-number-${submitted}-of-${what.by ?? dana}`;
  const { request, userErrors } = await initiate(api, what.by ?? dana, input);
  if (request === null) throw new Error(JSON.stringify(userErrors));
  const ids = new Map(request.records.map(({ id, billingAccount }) => [billingAccount.accountNumber, id]));
  return { requestId: request.requestId, recordIds: (what.accounts ?? []).flatMap((number) => ids.get(number) ?? []) };
}

/** Requests of two customers to three partners, in every state that somebody sees more or less of. */
export async function makeWorld(api: TestApi): Promise<void> {
  await api.rows(
    "DELETE FROM billing_account_roles USING billing_accounts a WHERE a.id = billing_account_id AND a.account_number <> ALL($1)",
    [accounts],
  );
  await api.rows(
    "DELETE FROM partners_of_record USING billing_accounts a WHERE a.id = billing_account_id AND a.account_number <> ALL($1)",
    [accounts],
  );
  await api.rows("DELETE FROM billing_accounts WHERE account_number <> ALL($1)", [accounts]);
  await addPeopleOfTwoParts(api);
  await submitMarked(api, { accounts: ["7701001", "7701002"], pcn: harrowgate });
  const inGrace = await submitMarked(api, { accounts: ["7701003"], pcn: harrowgate });
  await approveWithNotes(api, inGrace, kim);
  await complete(api, await submit(api, { accounts: ["7701004"] }));
  const mixed = await submitMarked(api, { accounts: ["7701008", "7701012"], pcns: [harrowgate, juniper] });
  await actOnAll(api, mei, "acceptCocp", { requestId: mixed.requestId, note: "note-of-mei-on-accepting" });
  const declined = await submitMarked(api, { accounts: ["7701007"], pcn: harrowgate });
  await act(api, kim, "declineCocp", { requestId: declined.requestId, note: "note-of-kim-on-declining" });
  const canceled = await submitMarked(api, { accounts: ["7701011"], pcn: juniper });
  await act(api, dana, "cancelCocp", { requestId: canceled.requestId, note: "note-of-dana-on-canceling" });
  const other = await submitMarked(api, { by: stellan, accounts: ["7702001"], pcn: orchard });
  await approveWithNotes(api, other, iris);
  await submitMarked(api, { by: stellan, accounts: ["7702002"], pcn: juniper });
}

/** Lena is on both sides of one record; Otto administers accounts, and works for the partner that others leave. */
async function addPeopleOfTwoParts(api: TestApi): Promise<void> {
  const work = `INSERT INTO partner_users (email, partner_id, display_name, can_respond)
    SELECT $1, id, $1, true FROM partners WHERE pcn = $2`;
  await api.rows(work, [lena, juniper]);
  await api.rows(work, [otto, meridian]);
  const administer = `INSERT INTO billing_account_roles (email, billing_account_id, role)
    SELECT $1, id, $3 FROM billing_accounts WHERE account_number = $2`;
  await api.rows(administer, [lena, "7702002", "ENTERPRISE_ADMIN"]);
  await api.rows(administer, [otto, "7702001", "ENTERPRISE_ADMIN"]);
  await api.rows(administer, [otto, "7701002", "ENTERPRISE_ADMIN_READ_ONLY"]);
}

async function approveWithNotes(api: TestApi, of: { requestId: string; recordIds: string[] }, by: string) {
  const { requestId, recordIds } = of;
  await actOnAll(api, by, "acceptCocp", { requestId, note: `note-${requestId}-on-accepting` });
  await actOnAll(api, operator, "startCocpReview", { recordIds, note: `note-${requestId}-on-reviewing` });
  await actOnAll(api, operator, "approveCocp", { recordIds, note: `note-${requestId}-on-approving` });
}

/** Everything that there is, ids as the API gives them. */
export async function readWorld(api: TestApi): Promise<World> {
  const records = await api.rows<WorldRecord>(
    `SELECT r.id, request_id AS request, billing_account_id AS account, old_partner_id AS "oldPartner",
      new_partner_id AS "newPartner", contact, reason_note AS "reasonNote", closing_note AS "closingNote",
      (SELECT sequence FROM cocp_events e WHERE e.record_id = r.id AND e.type = 'APPROVED') AS approval FROM cocp_records r`,
  );
  const events = await api.rows<World["events"][number]>(
    `SELECT id, record_id AS record, type, sequence, facts->>'note' AS note, actor, actor_email AS "actorEmail",
      translate(encode(convert_to(json_build_array('feed', transaction_id::text, position::text)::text, 'UTF8'), 'base64'), E'+/=\\n', '-_')
      AS cursor FROM cocp_events`,
  );
  const key = <Row extends { id: string }>(type: Parameters<typeof globalId>[0], rows: readonly Row[]) =>
    rows.map((row) => ({ ...row, id: globalId(type, row.id) }));
  const rows = api.rows;
  const world: World = {
    accounts: await rows(
      "SELECT id, account_number AS number, display_name AS name, customer_id AS customer, partner_id AS partner FROM billing_accounts",
    ),
    customers: key("Customer", await rows("SELECT id, customer_number AS number, name FROM customers")),
    partners: key("Partner", await rows("SELECT id, pcn, organization_name AS name FROM partners")),
    roles: await rows("SELECT email, billing_account_id AS account, role FROM billing_account_roles"),
    users: await rows("SELECT email, partner_id AS partner FROM partner_users"),
    requests: await rows(
      `SELECT request_id AS id, last_name AS "lastName", signed_by AS "signedBy" FROM cocp_signatures`,
    ),
    records,
    events: key("CocpEvent", events),
    notifications: key(
      "CocpNotification",
      await rows(
        `SELECT n.id, nr.record_id AS record, partner_id AS partner, recipient FROM cocp_notifications n
          JOIN cocp_notification_records nr ON nr.notification_id = n.id`,
      ),
    ),
    keys: await rows("SELECT key, viewer_email AS email FROM idempotency_keys"),
    days: (
      await rows<{ day: string }>(
        "SELECT DISTINCT (effective_date + offset_days)::text AS day FROM cocp_records, unnest(ARRAY[-1, 0]) AS offset_days",
      )
    ).map(({ day }) => day),
  };
  return withGlobalIds(world);
}

/** References between rows as the API gives them, too. */
function withGlobalIds(world: World): World {
  const account = (id: string) => globalId("BillingAccount", id);
  const partner = (id: string) => globalId("Partner", id);
  const record = (id: string) => globalId("CocpRecord", id);
  return {
    ...world,
    accounts: world.accounts.map((row) => ({
      ...row,
      id: account(row.id),
      customer: globalId("Customer", row.customer),
      partner: partner(row.partner),
    })),
    roles: world.roles.map((row) => ({ ...row, account: account(row.account) })),
    users: world.users.map((row) => ({ ...row, partner: partner(row.partner) })),
    records: world.records.map((row) => ({
      ...row,
      id: record(row.id),
      account: account(row.account),
      oldPartner: partner(row.oldPartner),
      newPartner: partner(row.newPartner),
    })),
    events: world.events.map((row) => ({ ...row, record: record(row.record) })),
    notifications: world.notifications.map((row) => ({
      ...row,
      record: record(row.record),
      partner: row.partner && partner(row.partner),
    })),
  };
}
