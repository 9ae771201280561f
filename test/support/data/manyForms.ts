import { withClient } from "../api/testServer";

const long = `${"W".repeat(230)} 😀 مرحبا`;

/**
 * Accepted requests of twenty accounts each, with names as long as a form shows them: the dearest forms that there
 * are; or of so many that no request can have. Gives their Request IDs. In statements of a set each.
 */
export async function seedManyForms(url: string, count: number, accounts = 20): Promise<string[]> {
  return await withClient(url, async (client) => {
    for (const statement of statements(count, accounts)) await client.query(statement, [long]);
    await client.query("ANALYZE");
    const { rows } = await client.query<{ id: string }>(
      "SELECT request_id AS id FROM cocp_requests WHERE request_id LIKE 'COCP-F%' ORDER BY request_id",
    );
    return rows.map(({ id }) => id);
  });
}

/** From now on every form says something else than before. */
export async function changeAllForms(url: string): Promise<void> {
  await withClient(url, (client) => client.query("UPDATE customers SET name = name || '.'"));
}

const requestId = "'COCP-F' || lpad(upper(to_hex(n / 65536)), 3, '0') || '-' || lpad(upper(to_hex(n % 65536)), 4, '0')";

function statements(count: number, accounts: number): string[] {
  const requests = `generate_series(1, ${count}) n`;
  return [
    `INSERT INTO billing_accounts (account_number, display_name, customer_id, program, agreement_status, channel, start_date,
        end_date, anniversary_date, partner_id)
      SELECT 'F' || n || '-' || i, 'Account ' || n || ' ' || i || $1, (SELECT min(id::text)::uuid FROM customers),
        'ENTERPRISE_AGREEMENT', 'ACTIVE', 'DIRECT', '2025-01-01', '2099-12-31', '2026-12-31', p.id
      FROM ${requests}, generate_series(1, ${accounts}) i, partners p WHERE p.pcn = 'PCN-4410512'`,
    `INSERT INTO cocp_requests (request_id, customer_id, submitted_at, respond_by, expires_at)
      SELECT ${requestId}, (SELECT min(id::text)::uuid FROM customers), now() - interval '1 day', now() + interval '9 days',
        now() + interval '29 days' FROM ${requests} WHERE $1::text <> ''`,
    `INSERT INTO cocp_signatures (request_id, first_name, last_name, signed_by, signed_at, terms_version)
      SELECT request_id, left($1, 100), left($1, 100), 'dana.whitfield@northlight.example', submitted_at,
        'CHANGE_OF_SOFTWARE_ADVISOR/2026-11' FROM cocp_requests WHERE request_id LIKE 'COCP-F%'`,
    `INSERT INTO cocp_records (id, request_id, billing_account_id, old_partner_id, new_partner_id, status, contact,
        contact_verification, reason, submitted_at, respond_by, expires_at, effective_date, responded_at, review_due_at, updated_at, version)
      SELECT gen_random_uuid(), q.request_id, a.id, a.partner_id, us.id, 'ACCEPTED', 'kim.lee@harrowgate.example', 'VERIFIED', 'OTHER',
        q.submitted_at, q.respond_by, q.expires_at, current_date + 60, q.submitted_at, q.submitted_at + interval '48 hours', q.submitted_at, 2
      FROM ${requests} JOIN cocp_requests q ON q.request_id = ${requestId} AND $1::text <> ''
      JOIN billing_accounts a ON a.account_number LIKE 'F' || n || '-%' JOIN partners us ON us.pcn = 'PCN-4410387'`,
    `INSERT INTO cocp_events (record_id, sequence, type, occurred_at, actor, actor_email, previous_status, status, effective_date,
        facts, request_id, billing_account_id, new_partner_id)
      SELECT r.id, step.sequence, step.type, submitted_at, step.actor, 'kim.lee@harrowgate.example', step.previous, step.status,
        effective_date, '{"channel": "DIRECT"}', request_id, billing_account_id, new_partner_id
      FROM cocp_records r, (VALUES (1, 'INITIATED', 'CUSTOMER', NULL, 'IN_PROGRESS'), (2, 'ACCEPTED', 'NEW_PARTNER', 'IN_PROGRESS', 'ACCEPTED'))
        step(sequence, type, actor, previous, status) WHERE request_id LIKE 'COCP-F%' AND $1::text <> ''`,
  ];
}
