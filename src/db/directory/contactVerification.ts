import { sql } from "../postgres/sql";

/** An address as the directory writes it: ASCII letters in lower case, whatever the database's locale. */
export function foldedAddress(column: ReturnType<typeof sql>) {
  return sql`lower(${column} COLLATE "C") COLLATE "default"`;
}

/**
 * The verification of record `r`'s contact by today's directory: the same rule as domain/partnerChecks.ts
 * `verifyContact`.
 */
export const presentVerification = sql`coalesce((
    SELECT CASE WHEN u.can_respond THEN 'VERIFIED' ELSE 'CANNOT_RESPOND' END FROM partner_users u
    WHERE u.email = ${foldedAddress(sql`r.contact`)} AND u.partner_id = r.new_partner_id), 'UNVERIFIED')`;

/** Whether the person who signed, of signature `s`, is still Enterprise Administrator of record `r`'s account. */
export const signerIsAdmin = sql`EXISTS (SELECT FROM billing_account_roles own
    WHERE own.billing_account_id = r.billing_account_id AND own.email = s.signed_by AND own.role = 'ENTERPRISE_ADMIN')`;

/** The notifications `n` to the old partner about record `r` that were written and not suppressed. */
export const oldPartnerNotifications = sql`SELECT FROM cocp_notification_records told
    JOIN cocp_notifications n ON n.id = told.notification_id
    WHERE told.record_id = r.id AND n.recipient_party = 'OLD_PARTNER' AND n.state <> 'SUPPRESSED'`;
