import type { Actor } from "./commands";
import { fieldAccess, mayRead, type FieldReader } from "./fieldAccess";
import type { AgreementChannel, BillingAccountRole, CocpParty, Viewer } from "./model";
import type { RecordFacts } from "./record";

/**
 * The parties that a viewer is to records and accounts (docs/domain.md, "Who may do what"). `fieldAccess.ts` has the
 * fields that each may read, and the transition table what each may do.
 */

/** Returns the viewer as an actor on a record. It may be several parties at once, or none. */
export function actorOn(record: RecordFacts, viewer: Viewer, isAccountAdmin: boolean): Actor {
  const parties = new Set<CocpParty>();
  if (isAccountAdmin) parties.add("CUSTOMER");
  if (viewer.isOperations) parties.add("OPERATIONS");
  if (viewer.partner?.id === record.newPartnerId) parties.add("NEW_PARTNER");
  if (viewer.partner?.id === record.oldPartnerId && record.approvedAt !== null) parties.add("OLD_PARTNER");
  return { email: viewer.email, parties, canRespond: viewer.partner?.canRespond ?? false };
}

/** Facts of a billing account that decide who reads its own data. */
export interface AccountConcern {
  readonly viewerRole: BillingAccountRole | null;
  readonly channel: AgreementChannel;
  readonly partnerOfRecordId: string;
  /** New partner of the open record, if there is one. */
  readonly incomingPartnerId: string | null;
  /** Whether the open record is approved: from then on the partner of record sees it. */
  readonly isOpenRecordApproved: boolean;
}

/** Returns the viewer's roles on an account. */
function rolesOn(account: AccountConcern, viewer: Viewer): ReadonlySet<FieldReader> {
  const roles = new Set<FieldReader>();
  const partnerId = viewer.partner?.id;
  if (viewer.isOperations) roles.add("OPERATIONS");
  if (account.viewerRole === "ENTERPRISE_ADMIN") roles.add("CUSTOMER");
  if (account.viewerRole === "ENTERPRISE_ADMIN_READ_ONLY") roles.add("CUSTOMER_READER");
  if (partnerId === account.partnerOfRecordId) roles.add("PARTNER_OF_RECORD");
  if (partnerId !== undefined && partnerId === account.incomingPartnerId) roles.add("INCOMING_PARTNER");
  return roles;
}

/** Whether the viewer may read the agreement: not the new partner before COMPLETED, nor the old partner after it. */
export function maySeeAgreement(account: AccountConcern, viewer: Viewer): boolean {
  return mayRead(fieldAccess.BillingAccount.agreement, rolesOn(account, viewer));
}

/** Whether the viewer may read the partner of record. The new partner of an open record may. */
export function maySeePartnerOfRecord(account: AccountConcern, viewer: Viewer): boolean {
  return mayRead(fieldAccess.BillingAccount.partnerOfRecord, rolesOn(account, viewer));
}

/** Whether the viewer may know that this partner may place orders on a day. A partner always sees itself. */
export function maySeeOrderingPartner(
  account: AccountConcern,
  { partnerId, isAhead }: { readonly partnerId: string; readonly isAhead: boolean },
  viewer: Viewer,
): boolean {
  if (viewer.partner?.id === partnerId) return true;
  const other = isAhead ? "CHANGE_AHEAD" : "FORMER_PARTNER";
  const inCase = partnerId === account.partnerOfRecordId ? undefined : other;
  return mayRead(fieldAccess.BillingAccount.orderingPartner, rolesOn(account, viewer), inCase);
}

/** Whether the viewer is a party to the account's open record: then it may know what the record says of days ahead. */
export function seesOpenRecord(account: AccountConcern, viewer: Viewer): boolean {
  const parts = rolesOn(account, viewer);
  const isOldPartner = account.isOpenRecordApproved && parts.has("PARTNER_OF_RECORD");
  return isOldPartner || parts.has("CUSTOMER") || parts.has("OPERATIONS") || parts.has("INCOMING_PARTNER");
}
