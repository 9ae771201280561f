// The limit: bare `http` and `pg`, with hand-written joins as named prepared statements, one a page and three for a request.
// It checks a constant header, parses the body, and writes what they give.
import { createServer } from "node:http";
import pg from "pg";
import { isEligible } from "../peers/eligible.mjs";

pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

const order = "ORDER BY r.submitted_at DESC, r.id DESC";
// The page first, and its size as a literal: with a parameter PostgreSQL plans for a tenth of the table.
const pageOf = (from) => `
  SELECT r.id, r.status, r.effective_date, r.request_id, r.submitted_at, a.account_number, a.display_name,
    op.organization_name AS old_partner, np.organization_name AS new_partner
  FROM (SELECT r.* FROM ${from} ${order} LIMIT 20) r
  JOIN billing_accounts a ON a.id = r.billing_account_id
  JOIN partners op ON op.id = r.old_partner_id JOIN partners np ON np.id = r.new_partner_id ${order}`;
const statements = {
  everything: pageOf("cocp_records r"),
  newPartnerId: pageOf("cocp_records r WHERE r.new_partner_id = $1"),
  administrator: pageOf(`billing_account_roles own JOIN cocp_records r ON r.billing_account_id = own.billing_account_id
    WHERE own.email = $1 AND own.role = 'ENTERPRISE_ADMIN'`),
  eligible: `SELECT a.id, a.account_number, a.display_name, a.channel, c.name AS customer, p.pcn, p.organization_name
    FROM billing_account_roles own JOIN billing_accounts a ON a.id = own.billing_account_id
    JOIN customers c ON c.id = a.customer_id JOIN partners p ON p.id = a.partner_id
    WHERE own.email = $1 AND own.role = 'ENTERPRISE_ADMIN' AND ${isEligible} ORDER BY a.account_number LIMIT 20`,
  request: `SELECT q.request_id, q.submitted_at, q.respond_by, q.expires_at, c.name AS customer, s.first_name, s.last_name,
      s.signed_at, r.id, r.status, r.effective_date, a.account_number, a.display_name,
      op.organization_name AS old_partner, np.organization_name AS new_partner
    FROM cocp_requests q JOIN customers c ON c.id = q.customer_id JOIN cocp_signatures s ON s.request_id = q.request_id
    JOIN cocp_records r ON r.request_id = q.request_id JOIN billing_accounts a ON a.id = r.billing_account_id
    JOIN partners op ON op.id = r.old_partner_id JOIN partners np ON np.id = r.new_partner_id
    WHERE q.request_id = $1 ORDER BY a.account_number`,
  events: `SELECT e.record_id, e.type, e.occurred_at, e.actor FROM cocp_events e JOIN cocp_records r ON r.id = e.record_id
    WHERE r.request_id = $1 ORDER BY e.record_id, e.sequence`,
  notifications: `SELECT nr.record_id, n.kind, n.state, n.recipient FROM cocp_notifications n
    JOIN cocp_notification_records nr ON nr.notification_id = n.id WHERE n.request_id = $1 ORDER BY n.created_at, n.id`,
};
const read = async (name, ...values) => (await pool.query({ name, text: statements[name], values })).rows;

const server = createServer((request, response) => {
  if (request.headers.authorization !== "Bearer constant") return response.writeHead(401).end();
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    answer(JSON.parse(Buffer.concat(chunks).toString())).then(
      (text) => response.setHeader("content-type", "application/json").end(text),
      () => response.writeHead(500).end(),
    );
  });
});

async function answer({ query, variables: { first: _, ...of } }) {
  return JSON.stringify({ data: await dataOf(query, of) });
}

async function dataOf(query, { requestId, ...of }) {
  if (requestId !== undefined) return { cocpRequest: await requestInFull(requestId) };
  if (query.includes("eligibleAccounts")) {
    return { eligibleAccounts: { nodes: (await read("eligible", of.administrator)).map(toAccount) } };
  }
  const [name = "everything"] = Object.keys(of);
  return { cocpRecords: { nodes: (await read(name, ...Object.values(of))).map(toRecord) } };
}

async function requestInFull(requestId) {
  const [rows, events, notifications] = await Promise.all([
    read("request", requestId),
    read("events", requestId),
    read("notifications", requestId),
  ]);
  const [eventsOf, notificationsOf] = [byRecord(events), byRecord(notifications)];
  const [row] = rows;
  return {
    requestId,
    submittedAt: row.submitted_at,
    respondBy: row.respond_by,
    expiresAt: row.expires_at,
    customer: { name: row.customer },
    signature: { firstName: row.first_name, lastName: row.last_name, signedAt: row.signed_at },
    records: rows.map(({ id, status, ...record }) => ({
      id,
      status,
      effectiveDate: record.effective_date,
      billingAccount: { accountNumber: record.account_number, displayName: record.display_name },
      oldPartner: { organizationName: record.old_partner },
      newPartner: { organizationName: record.new_partner },
      events: (eventsOf.get(id) ?? []).map(({ type, occurred_at, actor }) => ({
        type,
        occurredAt: occurred_at,
        actor,
      })),
      notifications: (notificationsOf.get(id) ?? []).map(({ kind, state, recipient }) => ({ kind, state, recipient })),
    })),
  };
}

function byRecord(rows) {
  const groups = new Map();
  for (const row of rows) groups.set(row.record_id, [...(groups.get(row.record_id) ?? []), row]);
  return groups;
}

function toAccount(row) {
  return {
    id: row.id,
    accountNumber: row.account_number,
    displayName: row.display_name,
    channel: row.channel,
    customer: { name: row.customer },
    partnerOfRecord: { pcn: row.pcn, organizationName: row.organization_name },
  };
}

function toRecord(row) {
  return {
    id: row.id,
    status: row.status,
    effectiveDate: row.effective_date,
    request: { requestId: row.request_id, submittedAt: row.submitted_at },
    billingAccount: { accountNumber: row.account_number, displayName: row.display_name },
    oldPartner: { organizationName: row.old_partner },
    newPartner: { organizationName: row.new_partner },
  };
}

server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
