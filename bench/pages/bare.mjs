// The limit: bare `http` and `pg`, with one hand-written join as a named prepared statement. It checks a constant header,
// parses the body, and writes what the join gives.
import { createServer } from "node:http";
import pg from "pg";

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
};

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

async function answer({ variables: { first: _, ...of } }) {
  const [name = "everything"] = Object.keys(of);
  const { rows } = await pool.query({ name, text: statements[name], values: Object.values(of) });
  return JSON.stringify({ data: { cocpRecords: { nodes: rows.map(toRecord) } } });
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
