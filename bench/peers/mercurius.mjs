// Mercurius on Fastify, with JIT and loaders; `pg` with named prepared statements.
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";
import { isEligible } from "./eligible.mjs";
import { DateTime, typeDefs } from "./schema.mjs";

pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

const columns = `r.id, r.status, r.effective_date AS "effectiveDate", r.request_id AS "requestId",
  r.submitted_at AS "submittedAt", r.billing_account_id AS "billingAccountId", r.old_partner_id AS "oldPartnerId",
  r.new_partner_id AS "newPartnerId"`;
const accountColumns = `a.id, a.account_number AS "accountNumber", a.display_name AS "displayName", a.channel,
  a.customer_id AS "customerId", a.partner_id AS "partnerId"`;
// The size as a literal: with a parameter PostgreSQL plans for a tenth of the table.
const pageOf = (from) => (first) =>
  `SELECT ${columns} FROM ${from} ORDER BY r.submitted_at DESC, r.id DESC LIMIT ${first}`;
const statements = {
  everything: pageOf("cocp_records r"),
  newPartnerId: pageOf("cocp_records r WHERE r.new_partner_id = $1"),
  administrator: pageOf(`billing_account_roles own JOIN cocp_records r ON r.billing_account_id = own.billing_account_id
    WHERE own.email = $1 AND own.role = 'ENTERPRISE_ADMIN'`),
};
const eligible = (first) => `SELECT ${accountColumns} FROM billing_account_roles own
  JOIN billing_accounts a ON a.id = own.billing_account_id JOIN partners p ON p.id = a.partner_id
  WHERE own.email = $1 AND own.role = 'ENTERPRISE_ADMIN' AND ${isEligible} ORDER BY a.account_number LIMIT ${first}`;
const request = `SELECT request_id AS "requestId", submitted_at AS "submittedAt", respond_by AS "respondBy",
  expires_at AS "expiresAt", customer_id AS "customerId" FROM cocp_requests WHERE request_id = $1`;
const records = `SELECT ${columns} FROM cocp_records r JOIN billing_accounts a ON a.id = r.billing_account_id
  WHERE r.request_id = ANY($1) ORDER BY a.account_number`;
const signatures = `SELECT request_id AS id, first_name AS "firstName", last_name AS "lastName", signed_at AS "signedAt"
  FROM cocp_signatures WHERE request_id = ANY($1)`;
const events = `SELECT record_id AS "recordId", type, occurred_at AS "occurredAt", actor FROM cocp_events
  WHERE record_id = ANY($1) ORDER BY record_id, sequence`;
const notifications = `SELECT nr.record_id AS "recordId", n.kind, n.state, n.recipient FROM cocp_notification_records nr
  JOIN cocp_notifications n ON n.id = nr.notification_id WHERE nr.record_id = ANY($1) ORDER BY n.created_at, n.id`;
const accounts = `SELECT ${accountColumns} FROM billing_accounts a WHERE a.id = ANY($1)`;
const customers = "SELECT id, name FROM customers WHERE id = ANY($1)";
const partners = `SELECT id, pcn, organization_name AS "organizationName" FROM partners WHERE id = ANY($1)`;

const read = async (name, text, ...values) => (await pool.query({ name, text, values })).rows;

const resolvers = {
  DateTime,
  Query: {
    async cocpRecords(_root, { first, ...whose }) {
      const [of = "everything"] = Object.keys(whose);
      return { nodes: await read(`${of} ${first}`, statements[of](first), ...Object.values(whose)) };
    },
    eligibleAccounts: async (_root, { first, administrator }) => ({
      nodes: await read(`eligible ${first}`, eligible(first), administrator),
    }),
    cocpRequest: async (_root, { requestId }) => (await read("request", request, requestId))[0],
  },
  CocpRecord: { request: ({ requestId, submittedAt }) => ({ requestId, submittedAt }) },
};

const loaded = async (name, text, queries, keyOf) => {
  const keys = queries.map(({ obj }) => keyOf(obj));
  return { keys, rows: await read(name, text, [...new Set(keys)]) };
};
const byId = (name, text, keyOf) => async (queries) => {
  const { keys, rows } = await loaded(name, text, queries, keyOf);
  const found = new Map(rows.map((row) => [row.id, row]));
  return keys.map((key) => found.get(key));
};
const listOf = (name, text, keyOf, ownerOf) => async (queries) => {
  const { keys, rows } = await loaded(name, text, queries, keyOf);
  const found = new Map(keys.map((key) => [key, []]));
  for (const row of rows) found.get(ownerOf(row)).push(row);
  return keys.map((key) => found.get(key));
};
const id = (row) => row.id;
const recordId = (row) => row.recordId;
const requestId = (row) => row.requestId;
const loaders = {
  CocpRecord: {
    billingAccount: byId("accounts", accounts, ({ billingAccountId }) => billingAccountId),
    oldPartner: byId("partners", partners, ({ oldPartnerId }) => oldPartnerId),
    newPartner: byId("partners", partners, ({ newPartnerId }) => newPartnerId),
    events: listOf("events", events, id, recordId),
    notifications: listOf("notifications", notifications, id, recordId),
  },
  CocpRequest: {
    customer: byId("customers", customers, ({ customerId }) => customerId),
    signature: byId("signatures", signatures, requestId),
    records: listOf("records", records, requestId, requestId),
  },
  BillingAccount: {
    customer: byId("customers", customers, ({ customerId }) => customerId),
    partnerOfRecord: byId("partners", partners, ({ partnerId }) => partnerId),
  },
};

const app = Fastify();
app.register(mercurius, { schema: typeDefs, resolvers, loaders, jit: 1 });
await app.listen({ port: 0, host: "127.0.0.1" });
process.send({ port: app.server.address().port });
