import type { CocpEventType, CocpParty } from "./model";

/**
 * The readers of each field of a visible object. Code that hides a field reads this table, and
 * `test/api/fieldAccess.test.ts` compares it with the responses of the API. `db/tenancy.ts` decides which records,
 * events, accounts and notifications are visible at all.
 */

/**
 * A role of a viewer on a record or an account. CUSTOMER is an Enterprise Administrator of the account, and
 * CUSTOMER_READER has a role that only reads it. OLD_PARTNER and NEW_PARTNER are those of a record. INCOMING_PARTNER
 * is the new partner of the account's open record. ANYONE is everybody to whom the object is visible.
 */
export type FieldReader = CocpParty | "CUSTOMER_READER" | "PARTNER_OF_RECORD" | "INCOMING_PARTNER" | "ANYONE";

/** A row: the readers, and the heading of docs/domain.md. */
export interface FieldRule<Case extends string = never> {
  readonly readers: readonly FieldReader[];
  readonly section: string;
  /** Readers that replace those above in a case that the field's rule tells apart. */
  readonly cases?: Readonly<Partial<Record<Case, readonly FieldReader[]>>>;
}

const section = "Who sees what";
const anyone = { readers: ["ANYONE"], section } as const satisfies FieldRule;
const customerAndOperations = { readers: ["CUSTOMER", "OPERATIONS"], section } as const satisfies FieldRule;
const operationsOnly = { readers: ["OPERATIONS"], section: "Deadlines" } as const satisfies FieldRule;
const allButOldPartner = {
  readers: ["CUSTOMER", "OPERATIONS", "NEW_PARTNER"],
  section,
} as const satisfies FieldRule;
const earlyCocpCase = { ...allButOldPartner, section: "Another effective date" } as const satisfies FieldRule;

/** Readers of an account's agreement: the customer's people, operations and the partner of record. */
const agreementReaders = ["CUSTOMER", "CUSTOMER_READER", "OPERATIONS", "PARTNER_OF_RECORD"] as const;
const agreement = { readers: agreementReaders, section } as const satisfies FieldRule;

/** The partner of an order is the partner of record of today, one that follows, or one that came before. */
export type OrderingPartnerCase = "CHANGE_AHEAD" | "FORMER_PARTNER";

const orderingPartner: FieldRule<OrderingPartnerCase> = {
  readers: [...agreementReaders, "INCOMING_PARTNER"],
  section: "The partner of record",
  cases: {
    CHANGE_AHEAD: ["CUSTOMER", "OPERATIONS", "INCOMING_PARTNER"],
    FORMER_PARTNER: ["CUSTOMER", "CUSTOMER_READER", "OPERATIONS"],
  },
};

/** By the type of the event; a note of any other type is for operations. */
const note: FieldRule<CocpEventType> = {
  readers: ["OPERATIONS"],
  section,
  cases: {
    ACCEPTED: allButOldPartner.readers,
    DECLINED: allButOldPartner.readers,
    REFUSED: allButOldPartner.readers,
    CANCELLATION_REQUESTED: customerAndOperations.readers,
  },
};

/** By the side that acted. The customer learns who answered for the new partner, as the form says it too. */
const actorEmail: FieldRule<CocpParty> = {
  readers: ["OPERATIONS"],
  section,
  cases: {
    CUSTOMER: customerAndOperations.readers,
    NEW_PARTNER: allButOldPartner.readers,
    SYSTEM: [],
  },
};

export const fieldAccess = {
  CocpRequest: {
    id: anyone,
    requestId: anyone,
    customer: anyone,
    submittedAt: anyone,
    respondBy: anyone,
    expiresAt: anyone,
    signature: allButOldPartner,
    terms: anyone,
    records: anyone,
    form: allButOldPartner,
    partnerLink: { ...customerAndOperations, section: "Email" },
  },
  CocpRecord: {
    id: anyone,
    request: anyone,
    billingAccount: anyone,
    status: anyone,
    waitingOn: anyone,
    overdue: anyone,
    heldUpBecause: operationsOnly,
    oldPartner: anyone,
    newPartner: allButOldPartner,
    partnerNotificationContact: allButOldPartner,
    contactVerification: customerAndOperations,
    reason: customerAndOperations,
    reasonNote: customerAndOperations,
    effectiveDate: anyone,
    earlyCocpCaseNumber: earlyCocpCase,
    respondedAt: anyone,
    reviewDueAt: anyone,
    closedBy: anyone,
    closingNote: allButOldPartner,
    updatedAt: anyone,
    availableActions: anyone,
    events: anyone,
    notifications: anyone,
  },
  CocpEvent: {
    id: anyone,
    cursor: anyone,
    type: anyone,
    occurredAt: anyone,
    actor: anyone,
    actorEmail,
    note,
    earlyCocpCaseNumber: earlyCocpCase,
    previousStatus: anyone,
    status: anyone,
    effectiveDate: anyone,
    requestId: anyone,
    record: anyone,
  },
  CocpNotification: {
    id: anyone,
    kind: anyone,
    recipientParty: anyone,
    recipient: anyone,
    state: anyone,
    suppressedBecause: anyone,
    attempts: anyone,
    createdAt: anyone,
    sentAt: anyone,
  },
  Signature: {
    firstName: allButOldPartner,
    lastName: allButOldPartner,
    signedBy: allButOldPartner,
    signedAt: allButOldPartner,
    termsVersion: allButOldPartner,
  },
  CocpForm: {
    fileName: allButOldPartner,
    downloadUrl: allButOldPartner,
    urlExpiresAt: allButOldPartner,
    sha256: allButOldPartner,
  },
  ChangePartnerTerms: { version: anyone, kind: anyone, title: anyone, sections: anyone },
  TermsSection: { kind: anyone, title: anyone, body: anyone, billingAccounts: anyone },
  BillingAccount: {
    id: anyone,
    accountNumber: anyone,
    displayName: anyone,
    customer: anyone,
    channel: anyone,
    agreement,
    partnerOfRecord: { readers: [...agreementReaders, "INCOMING_PARTNER"], section },
    orderingPartner,
    cocpEligibility: anyone,
    openCocpRecord: { readers: ["CUSTOMER", "OPERATIONS", "NEW_PARTNER", "OLD_PARTNER"], section },
  },
  Agreement: {
    program: agreement,
    status: agreement,
    channel: agreement,
    startDate: agreement,
    endDate: agreement,
    anniversaryDate: agreement,
  },
  CocpEligibility: { eligible: anyone, reasons: anyone },
  CocpIneligibilityReason: { code: anyone, message: anyone },
  Customer: { id: anyone, customerNumber: anyone, name: anyone },
  Partner: { id: anyone, pcn: anyone, organizationName: anyone, capacities: anyone },
} as const satisfies Readonly<Record<string, Readonly<Record<string, FieldRule<string>>>>>;

/** Whether one of a viewer's parts reads a field; `inCase` is the case of it, where its rule tells cases apart. */
export function mayRead<Case extends string>(
  { readers, cases }: FieldRule<Case>,
  parts: ReadonlySet<FieldReader>,
  inCase?: Case,
): boolean {
  const readersInCase = (inCase === undefined ? undefined : cases?.[inCase]) ?? readers;
  return readersInCase.some((reader) => reader === "ANYONE" || parts.has(reader));
}
