import type { Viewer } from "../domain/model";

/** The callers of a root field, and the message to others. */
export interface AccessRule {
  readonly allows: (viewer: Viewer) => boolean;
  readonly refusal: string;
}

/** Anyone with a valid token: what such a viewer gets to see is decided in the reads. */
const signedIn: AccessRule = {
  allows: () => true,
  refusal: "Sign in first.",
};

const enterpriseAdmin: AccessRule = {
  allows: (viewer) => viewer.isEnterpriseAdmin,
  refusal: "Only an Enterprise Administrator of a billing account may do this.",
};

const partnerUser: AccessRule = {
  allows: (viewer) => viewer.partner !== null,
  refusal: "Only a user of a partner organization may do this.",
};

const operations: AccessRule = {
  allows: (viewer) => viewer.isOperations,
  refusal: "Only the operations service center may do this.",
};

/**
 * The whole answer to "who may call what". Deny by default: a root field without a rule keeps the server from starting.
 * Whether a caller may act on the very record that it names is for the transition table (`domain/transitions.ts`).
 */
export const accessRules = {
  Query: {
    viewer: signedIn,
    node: signedIn,
    nodes: signedIn,
    billingAccounts: signedIn,
    confirmPartner: signedIn,
    previewCocp: signedIn,
    cocpRequest: signedIn,
    cocpRecords: signedIn,
    cocpEvents: signedIn,
  },
  Mutation: {
    initiateCocp: enterpriseAdmin,
    acceptCocp: partnerUser,
    declineCocp: partnerUser,
    cancelCocp: enterpriseAdmin,
    updatePartnerNotificationContact: enterpriseAdmin,
    resendPartnerNotification: enterpriseAdmin,
    startCocpReview: operations,
    approveCocp: operations,
    refuseCocp: operations,
    amendCocpEffectiveDate: operations,
    /** Off unless SANDBOX is set. */
    advanceSandboxClock: signedIn,
  },
  Subscription: {
    cocpEvents: signedIn,
  },
} satisfies Record<string, Record<string, AccessRule>>;
