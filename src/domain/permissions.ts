import type { Actor } from "./commands";
import { fieldAccess, mayRead, type FieldReader } from "./fieldAccess";
import type { AgreementChannel, BillingAccountRole, CocpParty, Viewer } from "./model";
import type { RecordFacts } from "./record";

/**
 * The parts that a viewer plays on records and accounts (domain: "Who may do what"). Which fields a part reads is in
 * `fieldAccess.ts`, what a party may do in the transition table.
 */

/** What a viewer is to a record: several parts at once, or none. */
export function actorOn(record: RecordFacts, viewer: Viewer, isAccountAdmin: boolean): Actor {
  const isNewPartner = viewer.partner?.id === record.newPartnerId;
  const isOldPartner = viewer.partner?.id === record.oldPartnerId && record.approvedAt !== null;
  const parties = setOf([isAccountAdmin, viewer.isOperations, isNewPartner, isOldPartner]);
  return { email: viewer.email, parties, canRespond: viewer.partner?.canRespond ?? false };
}

const sides = ["CUSTOMER", "OPERATIONS", "NEW_PARTNER", "OLD_PARTNER"] as const satisfies CocpParty[];
/** There are sixteen, each made once: every record of a page asks for one. */
const sets = new Map<number, ReadonlySet<CocpParty>>();

/** The sides of which it is true. */
function setOf(are: readonly boolean[]): ReadonlySet<CocpParty> {
  let bits = 0;
  for (const is of are) bits = bits * 2 + Number(is);
  const known = sets.get(bits) ?? new Set(sides.filter((_, side) => are[side]));
  sets.set(bits, known);
  return known;
}

/** What the rules on a billing account's own data look at. */
export interface AccountConcern {
  readonly viewerRole: BillingAccountRole | null;
  readonly channel: AgreementChannel;
  readonly partnerOfRecordId: string;
  /** New partner of the open record, if there is one. */
  readonly incomingPartnerId: string | null;
  /** Operations approved it: from then on the partner of record sees it. */
  readonly isOpenRecordApproved: boolean;
}

/** The parts that the viewer plays on an account. */
function partsOn(account: AccountConcern, viewer: Viewer): ReadonlySet<FieldReader> {
  const parts = new Set<FieldReader>();
  const partnerId = viewer.partner?.id;
  if (viewer.isOperations) parts.add("OPERATIONS");
  if (account.viewerRole === "ENTERPRISE_ADMIN") parts.add("CUSTOMER");
  if (account.viewerRole === "ENTERPRISE_ADMIN_READ_ONLY") parts.add("CUSTOMER_READER");
  if (partnerId === account.partnerOfRecordId) parts.add("PARTNER_OF_RECORD");
  if (partnerId !== undefined && partnerId === account.incomingPartnerId) parts.add("INCOMING_PARTNER");
  return parts;
}

/** Agreement data are closed to the new partner until COMPLETED, and to the old partner from then on. */
export function maySeeAgreement(account: AccountConcern, viewer: Viewer): boolean {
  return mayRead(fieldAccess.BillingAccount.agreement, partsOn(account, viewer));
}

/** The new partner of an open record sees which partner it follows. */
export function maySeePartnerOfRecord(account: AccountConcern, viewer: Viewer): boolean {
  return mayRead(fieldAccess.BillingAccount.partnerOfRecord, partsOn(account, viewer));
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
  return mayRead(fieldAccess.BillingAccount.orderingPartner, partsOn(account, viewer), inCase);
}

/** Whether the viewer is a party to the account's open record: then it may know what the record says of days ahead. */
export function seesOpenRecord(account: AccountConcern, viewer: Viewer): boolean {
  const parts = partsOn(account, viewer);
  const isOldPartner = account.isOpenRecordApproved && parts.has("PARTNER_OF_RECORD");
  return isOldPartner || parts.has("CUSTOMER") || parts.has("OPERATIONS") || parts.has("INCOMING_PARTNER");
}
