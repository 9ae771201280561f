import type { Actor } from "./commands";
import type { AgreementChannel, BillingAccountRole, CocpEventType, CocpParty, Viewer } from "./model";
import type { RecordFacts } from "./record";

/**
 * Who may see what (domain: "Who may do what"). What a viewer may not see does not exist for it; whoever is no party
 * to a record sees no record at all. Who may do what is in the transition table.
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

/** Part of a record that is closed to some of its parties. */
export type RecordPart =
  "REASON" | "CONTACT" | "CONTACT_VERIFICATION" | "NEW_PARTNER" | "SIGNATURE" | "CLOSING_NOTE" | "PARTNER_LINK";

const readers: Readonly<Record<RecordPart, readonly CocpParty[]>> = {
  REASON: ["CUSTOMER", "OPERATIONS"],
  CONTACT_VERIFICATION: ["CUSTOMER", "OPERATIONS"],
  CONTACT: ["CUSTOMER", "OPERATIONS", "NEW_PARTNER"],
  NEW_PARTNER: ["CUSTOMER", "OPERATIONS", "NEW_PARTNER"],
  SIGNATURE: ["CUSTOMER", "OPERATIONS", "NEW_PARTNER"],
  CLOSING_NOTE: ["CUSTOMER", "OPERATIONS", "NEW_PARTNER"],
  PARTNER_LINK: ["CUSTOMER", "OPERATIONS"],
};

/** Whether somebody with these parts may read that part of the record. */
export function maySee(part: RecordPart, parties: ReadonlySet<CocpParty>): boolean {
  return readers[part].some((reader) => parties.has(reader));
}

/** Who may read what was said along with an event; nobody but operations where it is not named. */
const noteReaders: Readonly<Partial<Record<CocpEventType, readonly CocpParty[]>>> = {
  ACCEPTED: ["CUSTOMER", "OPERATIONS", "NEW_PARTNER"],
  DECLINED: readers.CLOSING_NOTE,
  REFUSED: readers.CLOSING_NOTE,
  CANCELLATION_REQUESTED: readers.REASON,
};

/** Whether somebody with these parts may read what was said along with an event of that type. */
export function maySeeNote(type: CocpEventType, parties: ReadonlySet<CocpParty>): boolean {
  return (noteReaders[type] ?? ["OPERATIONS"]).some((reader) => parties.has(reader));
}

/** Who may know the person of a side: the customer is told who answers for the partner, as on the form. */
const personReaders: Readonly<Record<CocpParty, readonly CocpParty[]>> = {
  CUSTOMER: ["CUSTOMER", "OPERATIONS"],
  NEW_PARTNER: ["CUSTOMER", "OPERATIONS", "NEW_PARTNER"],
  OLD_PARTNER: ["OPERATIONS"],
  OPERATIONS: ["OPERATIONS"],
  SYSTEM: [],
};

/** Whether somebody with these parts may know which person of that side did something. */
export function maySeePerson(side: CocpParty, parties: ReadonlySet<CocpParty>): boolean {
  return personReaders[side].some((reader) => parties.has(reader));
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

/**
 * Agreement data are the customer's, the operators' and the partner of record's: closed to the new partner until
 * COMPLETED, and to the old partner from then on.
 */
export function maySeeAgreement(account: AccountConcern, viewer: Viewer): boolean {
  return seesDirectory(account, viewer) || viewer.partner?.id === account.partnerOfRecordId;
}

/** The partner of record is told to the customer, to operations, to itself, and to the partner that is to follow it. */
export function maySeePartnerOfRecord(account: AccountConcern, viewer: Viewer): boolean {
  return (
    maySeeAgreement(account, viewer) || (viewer.partner !== null && viewer.partner.id === account.incomingPartnerId)
  );
}

/**
 * Up to today the customer and operations see who may place orders. Of a day ahead only operations and an Enterprise
 * Administrator do: the answer may come from a record, which no other role shows. A partner sees itself, and the partner
 * of record that it is to follow.
 */
export function maySeeOrderingPartner(
  account: AccountConcern,
  { partnerId, isAhead }: { readonly partnerId: string; readonly isAhead: boolean },
  viewer: Viewer,
): boolean {
  const sees = isAhead ? seesRecordsOf(account, viewer) : seesDirectory(account, viewer);
  if (sees || viewer.partner?.id === partnerId) return true;
  return partnerId === account.partnerOfRecordId && maySeePartnerOfRecord(account, viewer);
}

/** Whether the viewer is a party to the account's open record: then it may know what the record says of days ahead. */
export function seesOpenRecord(account: AccountConcern, viewer: Viewer): boolean {
  const partnerId = viewer.partner?.id;
  const isOldPartner = account.isOpenRecordApproved && partnerId === account.partnerOfRecordId;
  return (
    seesRecordsOf(account, viewer) ||
    (partnerId !== undefined && (partnerId === account.incomingPartnerId || isOldPartner))
  );
}

function seesRecordsOf(account: AccountConcern, viewer: Viewer): boolean {
  return viewer.isOperations || account.viewerRole === "ENTERPRISE_ADMIN";
}

function seesDirectory(account: AccountConcern, viewer: Viewer): boolean {
  return viewer.isOperations || account.viewerRole !== null;
}
