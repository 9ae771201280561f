interface FieldOptions {
  readonly description: string;
  readonly nullable?: boolean | "items";
}

interface ArgumentOptions {
  readonly description: string;
  readonly nullable?: boolean;
  readonly defaultValue?: [];
}

/** Options of the decorators on root fields, so that the whole manual is written in this room. */
export const queryFields = {
  viewer: { description: "Who the access token says you are, and what that makes you here." },
  node: {
    nullable: true,
    description:
      "A partner, customer, billing account, request, record or event by its id. " +
      "Null when there is no such thing or the viewer may not see it.",
  },
  nodes: {
    nullable: "items",
    description:
      "As node, for several ids at once: one answer for each id, in their order, null where node gives null.",
  },
  billingAccounts: {
    description: "The billing accounts on which the viewer holds a role; to operations, all. By account number.",
  },
  confirmPartner: {
    description:
      "Looks a partner up by PCN, and checks it against the accounts that it would take: the Confirm partner button.",
  },
  previewCocp: {
    description:
      "All that initiateCocp would say and do, without doing it: what to show before the signature. " +
      "Ask again whenever the form changes; nothing is stored, nobody is notified.",
  },
  cocpRequest: {
    nullable: true,
    description: "A request by its Request ID. Null when there is no such request or the viewer may not see it.",
  },
  cocpRecords: {
    description:
      "Track changes: what the viewer's side is part of. To a customer the records of the accounts that it administers, " +
      "whoever initiated them; to a partner those that come to it, and from IN_GRACE_PERIOD on those that leave it; to " +
      "operations all. Latest submission first, unless ordered otherwise.",
  },
  cocpEvents: {
    description:
      "The feed, to page through, oldest first; the same events, order and cursors as the subscription. " +
      "For a program that can't hold a WebSocket: ask again after the last cursor.",
  },
} as const satisfies Record<string, FieldOptions>;

const repeatable = "Repeating it is harmless: it succeeds, changes nothing and mails nobody.";

export const mutationFields = {
  initiateCocp: {
    description:
      "Customer. Signs and submits a request: the new partners are notified, and each account gets a record " +
      "IN_PROGRESS. Everything is checked again; all or nothing. Show previewCocp first.",
  },
  acceptCocp: { description: `New partner. IN_PROGRESS to ACCEPTED, until expiresAt. ${repeatable}` },
  declineCocp: {
    description: `New partner. IN_PROGRESS to DECLINED, until expiresAt. The note reaches the customer. ${repeatable}`,
  },
  cancelCocp: {
    description:
      "Customer, while IN_PROGRESS: in full, or some of the accounts. To CANCELLATION_IN_PROGRESS at once, and to " +
      `CANCELED soon after, when the partner is notified. ${repeatable}`,
  },
  updatePartnerNotificationContact: {
    description:
      "Customer, while IN_PROGRESS. Verifies the new contact and invites it. Look at the warnings: an unverified contact " +
      "is not notified.",
  },
  resendPartnerNotification: {
    description: "Customer, while IN_PROGRESS; at most once an hour a request. Invites the contact once more.",
  },
  startCocpReview: { description: `Operations. ACCEPTED to PENDING_MICROSOFT_REVIEW. ${repeatable}` },
  approveCocp: {
    description:
      "Operations. PENDING_MICROSOFT_REVIEW to IN_GRACE_PERIOD, or to COMPLETED when the effective date has come. " +
      "NOT_ALLOWED with the cause while the agreement is not in force or the new partner may not do business. " +
      repeatable,
  },
  refuseCocp: {
    description:
      "Operations. From ACCEPTED, PENDING_MICROSOFT_REVIEW or IN_GRACE_PERIOD to CANCELED, closed by OPERATIONS; needs a " +
      `note. ${repeatable}`,
  },
  amendCocpEffectiveDate: {
    description:
      "Operations, for an Early COCP case: any day from today (UTC) on, up to the agreement's end, on a record not yet " +
      "ended. From IN_GRACE_PERIOD with today's date it completes at once.",
  },
  advanceSandboxClock: {
    description:
      "Sandbox only. Moves the service's clock forward, up to 400 days a call, and settles what falls due. " +
      "FORBIDDEN where the sandbox is off.",
  },
} as const satisfies Record<string, FieldOptions>;

export const subscriptionFields = {
  cocpEvents: {
    description:
      "Pushes every event that the viewer's side is part of, in the order in which they were committed. " +
      "With `after`, first all that happened since that cursor, then live: nothing lost, nothing twice, " +
      "across disconnects and server restarts. Without it, from now on. Keep the cursor of the last event that you have " +
      "dealt with. Needs a WebSocket (graphql-transport-ws); by POST it is refused.",
  },
} as const satisfies Record<string, FieldOptions>;

const eventFilter = { nullable: true, description: "Which events; all without it." } as const;
const mutationInput = { description: "What to do, and to what." } as const;

/** Options of `@Arg`, by field and argument. Paging arguments are in ForwardArgs and ConnectionArgs. */
export const queryArgs = {
  node: { id: { description: "An id, as any Node gives it." } },
  nodes: { ids: { description: "Ids, as any Node gives them: at most 100, else BAD_USER_INPUT." } },
  billingAccounts: { filter: { nullable: true, description: "Which accounts; all without it." } },
  confirmPartner: {
    pcn: { description: "Public Customer Number; spaces around it and lower case do not matter." },
    billingAccountIds: {
      defaultValue: [] as [],
      description: "Ids of the accounts that the partner would take, at most 20; none: only the partner is checked.",
    },
  },
  previewCocp: { changes: { description: "1 to 20, each account once, as for initiateCocp." } },
  cocpRequest: { requestId: { description: "What people quote, such as COCP-7Q4M-K2XW." } },
  cocpRecords: {
    filter: { nullable: true, description: "Which records; all without it." },
    orderBy: { nullable: true, description: "How to sort them; latest submission first without it." },
  },
  cocpEvents: { filter: eventFilter },
} as const satisfies Partial<Record<keyof typeof queryFields, Record<string, ArgumentOptions>>>;

export const mutationArgs = {
  initiateCocp: { input: { description: "The changes and the signature." } },
  acceptCocp: { input: mutationInput },
  declineCocp: { input: mutationInput },
  cancelCocp: { input: mutationInput },
  updatePartnerNotificationContact: { input: mutationInput },
  resendPartnerNotification: { input: mutationInput },
  startCocpReview: { input: mutationInput },
  approveCocp: { input: mutationInput },
  refuseCocp: { input: mutationInput },
  amendCocpEffectiveDate: { input: mutationInput },
  advanceSandboxClock: { input: { description: "How far; all zero only tells the time." } },
} as const satisfies Record<keyof typeof mutationFields, Record<string, ArgumentOptions>>;

export const subscriptionArgs = {
  cocpEvents: {
    filter: eventFilter,
    after: {
      nullable: true,
      description:
        "Only what follows this cursor: CocpEvent.cursor, or CocpRecordConnection.feedCursor. INVALID_CURSOR when it is " +
        "neither, and on a subscription under way when the database was restored to before what it told: read the records " +
        "anew, and subscribe after their feedCursor.",
    },
  },
} as const satisfies Record<keyof typeof subscriptionFields, Record<string, ArgumentOptions>>;

/** Options of `@Arg` on the field resolvers that take arguments. */
export const fieldArgs = {
  orderingPartner: { on: { nullable: true, description: "The day, in UTC; today if absent or null." } },
} as const satisfies Record<string, Record<string, ArgumentOptions>>;
