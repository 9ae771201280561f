// Which accounts an administrator may change, as SQL that all who write SQL by hand share: of account `a` with partner `p`.
export const isEligible = `a.program IN ('ENTERPRISE_AGREEMENT', 'ENTERPRISE_AGREEMENT_SUBSCRIPTION')
  AND a.agreement_status = 'ACTIVE' AND a.end_date >= current_date
  AND NOT EXISTS (SELECT FROM partners bt WHERE bt.id = a.bill_to_partner_id AND bt.enterprise_direct_support)
  AND NOT (a.channel = 'DIRECT' AND p.enterprise_direct_support)
  AND NOT EXISTS (SELECT FROM cocp_records r WHERE r.billing_account_id = a.id AND r.status IN
    ('IN_PROGRESS', 'ACCEPTED', 'PENDING_MICROSOFT_REVIEW', 'IN_GRACE_PERIOD', 'CANCELLATION_IN_PROGRESS'))`;
