import { withClient } from "../api/testServer";

export interface ManyDue {
  readonly requests: number;
  readonly accountsEach: number;
}

/**
 * Adds requests, all past their time: half of them unanswered, half approved. Needs seedDirectory. By hand, since to
 * submit and approve so many takes longer than what is to be seen.
 */
export async function addManyDue(databaseUrl: string, { requests, accountsEach }: ManyDue): Promise<void> {
  const idOf = (request: string) => `'COCP-' || to_char(${request}, 'FM0000"-"0000')`;
  await withClient(databaseUrl, async (client) => {
    await client.query(`
      INSERT INTO billing_accounts SELECT (jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid(),
        'account_number', 'N' || i))).*
        FROM generate_series(0, ${requests * accountsEach - 1}) i, billing_accounts a WHERE a.account_number = '7701';
      INSERT INTO cocp_requests (request_id, customer_id, submitted_at, respond_by, expires_at)
        SELECT ${idOf("i")}, c.id, now() - interval '100 days', now() - interval '90 days', now() - interval '70 days'
        FROM generate_series(0, ${requests - 1}) i, customers c;
      INSERT INTO cocp_signatures SELECT request_id, 'Dana', 'Ruiz', 'dana@northlight.example', submitted_at, 'v'
        FROM cocp_requests;
      INSERT INTO cocp_records (id, request_id, billing_account_id, old_partner_id, new_partner_id, status, contact,
          contact_verification, reason, submitted_at, respond_by, expires_at, effective_date, approved_at, updated_at,
          version)
        SELECT gen_random_uuid(), q.request_id, a.id, a.partner_id, p.id,
          CASE WHEN i % 2 = 0 THEN 'IN_PROGRESS' ELSE 'IN_GRACE_PERIOD' END, 'kim@brightwater.example', 'VERIFIED',
          'OTHER', q.submitted_at, q.respond_by, q.expires_at, (now() - interval '10 days')::date,
          CASE WHEN i % 2 = 1 THEN now() - interval '60 days' END, now() - interval '60 days', 1
        FROM generate_series(0, ${requests - 1}) i CROSS JOIN generate_series(0, ${accountsEach - 1}) each
        JOIN billing_accounts a ON a.account_number = 'N' || i * ${accountsEach} + each
        JOIN cocp_requests q ON q.request_id = ${idOf("i")}
        JOIN partners p ON p.pcn = 'PCN-NEW';
      ANALYZE;`);
  });
}
