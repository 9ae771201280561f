import { withClient } from "../api/testServer";

/**
 * Many records of many accounts beside the demo data: half of them of partner PCN-4410387, a few thousand old ones of
 * it; dana administers few of the accounts. In statements of a set each.
 */
export async function seedManyRecords(url: string, count: number): Promise<void> {
  await withClient(url, async (client) => {
    for (const statement of statements(count)) await client.query(statement);
    await client.query("ANALYZE");
  });
}

const requestIdOf =
  "'COCP-' || lpad(upper(to_hex(n / 65536)), 4, '0') || '-' || lpad(upper(to_hex(n % 65536)), 4, '0')";

function statements(count: number): string[] {
  const numbers = `generate_series(1, ${count}) n`;
  return [
    `INSERT INTO billing_accounts (account_number, display_name, customer_id, program, agreement_status, channel, start_date,
        end_date, anniversary_date, partner_id)
      SELECT 'M' || n, 'Account ' || n, (SELECT min(id::text)::uuid FROM customers), 'ENTERPRISE_AGREEMENT', 'ACTIVE', 'DIRECT',
        '2025-01-01', '2099-12-31', '2026-12-31', p.id FROM ${numbers}
      JOIN LATERAL (SELECT id FROM partners WHERE pcn <> 'PCN-4410387' ORDER BY pcn OFFSET n % 7 LIMIT 1) p ON true`,
    `INSERT INTO cocp_requests (request_id, customer_id, submitted_at, respond_by, expires_at)
      SELECT ${requestIdOf}, (SELECT min(id::text)::uuid FROM customers), at, at + interval '10 days', at + interval '30 days'
      FROM (SELECT n, now() - n * interval '7 seconds' AS at FROM ${numbers}) one`,
    `INSERT INTO cocp_records (id, request_id, billing_account_id, old_partner_id, new_partner_id, status, contact,
        contact_verification, reason, submitted_at, respond_by, expires_at, effective_date, approved_at, closed_by, updated_at, version)
      SELECT gen_random_uuid(), ${requestIdOf}, a.id, CASE WHEN n % 5 = 0 THEN us.id ELSE a.partner_id END,
        CASE WHEN n % 5 <> 0 AND n % 2 = 0 THEN us.id WHEN n % 5 = 0 THEN a.partner_id ELSE them.id END,
        CASE WHEN n % 10 = 0 THEN 'COMPLETED' WHEN n % 50 = 1 THEN 'IN_PROGRESS' ELSE 'CANCELED' END,
        'kim.lee@harrowgate.example', 'VERIFIED', 'OTHER', q.submitted_at, q.respond_by, q.expires_at,
        current_date + 60, CASE WHEN n % 10 = 0 THEN q.submitted_at END,
        CASE WHEN n % 10 = 0 THEN 'SYSTEM' WHEN n % 50 = 1 THEN NULL ELSE 'CUSTOMER' END, q.submitted_at, 1
      FROM ${numbers} JOIN cocp_requests q ON q.request_id = ${requestIdOf} JOIN billing_accounts a ON a.account_number = 'M' || n
      JOIN partners us ON us.pcn = 'PCN-4410387'
      JOIN LATERAL (SELECT id FROM partners WHERE id NOT IN (a.partner_id, us.id) ORDER BY pcn LIMIT 1) them ON true`,
    `INSERT INTO cocp_events (record_id, sequence, type, occurred_at, actor, status, effective_date, facts, request_id,
        billing_account_id, new_partner_id, old_partner_id)
      SELECT id, 1, 'INITIATED', submitted_at, 'CUSTOMER', 'IN_PROGRESS', effective_date, '{}', request_id, billing_account_id,
        new_partner_id, CASE WHEN approved_at IS NOT NULL THEN old_partner_id END FROM cocp_records`,
    `INSERT INTO billing_account_roles (email, billing_account_id, role)
      SELECT 'dana.whitfield@northlight.example', id, 'ENTERPRISE_ADMIN' FROM billing_accounts WHERE account_number LIKE 'M%000'`,
    `INSERT INTO billing_account_roles (email, billing_account_id, role)
      SELECT 'admin' || substr(account_number, 2)::int % 4000 || '@elsewhere.example', id, 'ENTERPRISE_ADMIN' FROM billing_accounts
      WHERE account_number LIKE 'M%'`,
  ];
}
