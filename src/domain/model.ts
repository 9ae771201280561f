/**
 * The vocabulary of a change of channel partner. Every enumeration is written here once: the schema registers it,
 * the database checks it, the rules switch over it.
 */

/** An enumeration as a frozen object whose keys equal its values. */
function enumeration<Name extends string>(...names: Name[]): { readonly [Key in Name]: Key } {
  return Object.freeze(Object.fromEntries(names.map((name) => [name, name]))) as { readonly [Key in Name]: Key };
}

/** Licensing program of an agreement (docs/domain.md, "Eligibility"). */
export const AgreementProgram = enumeration(
  "ENTERPRISE_AGREEMENT",
  "ENTERPRISE_AGREEMENT_SUBSCRIPTION",
  "SELECT",
  "SELECT_PLUS",
  "OPEN_VALUE",
  "OPEN_VALUE_SUBSCRIPTION",
  "EDUCATION",
  "SPLA",
  "ISV_ROYALTY",
  "MPSA",
  "OPEN_LICENSE",
);
export type AgreementProgram = keyof typeof AgreementProgram;

export const AgreementStatus = enumeration("ACTIVE", "EXPIRED", "ENDED");
export type AgreementStatus = keyof typeof AgreementStatus;

export const AgreementChannel = enumeration("DIRECT", "INDIRECT");
export type AgreementChannel = keyof typeof AgreementChannel;

export const PartnerCapacity = enumeration("RESELLER", "SOFTWARE_ADVISOR");
export type PartnerCapacity = keyof typeof PartnerCapacity;

export const BillingAccountRole = enumeration("ENTERPRISE_ADMIN", "ENTERPRISE_ADMIN_READ_ONLY");
export type BillingAccountRole = keyof typeof BillingAccountRole;

export const ViewerRole = enumeration("ENTERPRISE_ADMIN", "PARTNER_USER", "OPERATIONS");
export type ViewerRole = keyof typeof ViewerRole;

export const CocpIneligibilityCode = enumeration(
  "NOT_ENTERPRISE_ADMIN",
  "PROGRAM_OUT_OF_SCOPE",
  "AGREEMENT_EXPIRED",
  "AGREEMENT_ENDED",
  "ENTERPRISE_DIRECT_SUPPORT_BILL_TO",
  "ENTERPRISE_DIRECT_SUPPORT_SOFTWARE_ADVISOR",
  "OPEN_REQUEST_EXISTS",
);
export type CocpIneligibilityCode = keyof typeof CocpIneligibilityCode;

export const PartnerProblemCode = enumeration(
  "PARTNER_NOT_FOUND",
  "PARTNER_NOT_ALLOWED",
  "PARTNER_NOT_AUTHORIZED_FOR_CHANNEL",
  "PARTNER_IS_CURRENT",
);
export type PartnerProblemCode = keyof typeof PartnerProblemCode;

export const ContactVerification = enumeration("VERIFIED", "CANNOT_RESPOND", "UNVERIFIED");
export type ContactVerification = keyof typeof ContactVerification;

/** Status of a record (docs/domain.md, "The states"). */
export const CocpStatus = enumeration(
  "IN_PROGRESS",
  "ACCEPTED",
  "DECLINED",
  "PENDING_MICROSOFT_REVIEW",
  "IN_GRACE_PERIOD",
  "CANCELLATION_IN_PROGRESS",
  "CANCELED",
  "EXPIRED",
  "COMPLETED",
);
export type CocpStatus = keyof typeof CocpStatus;

/** The statuses of an open record. An account has at most one. */
export const openStatuses = [
  "IN_PROGRESS",
  "ACCEPTED",
  "PENDING_MICROSOFT_REVIEW",
  "IN_GRACE_PERIOD",
  "CANCELLATION_IN_PROGRESS",
] as const satisfies readonly CocpStatus[];

/** The statuses of a record that can still be approved. */
export const statusesBeforeApproval = [
  "IN_PROGRESS",
  "ACCEPTED",
  "PENDING_MICROSOFT_REVIEW",
] as const satisfies readonly CocpStatus[];

export const CocpReason = enumeration("UNSATISFACTORY_SERVICE", "PARTNER_BEING_OFFBOARDED", "OTHER");
export type CocpReason = keyof typeof CocpReason;

export const CocpParty = enumeration("CUSTOMER", "NEW_PARTNER", "OLD_PARTNER", "OPERATIONS", "SYSTEM");
export type CocpParty = keyof typeof CocpParty;

export const CocpWaitingOn = enumeration("NEW_PARTNER", "OPERATIONS", "EFFECTIVE_DATE", "NOBODY");
export type CocpWaitingOn = keyof typeof CocpWaitingOn;

/** An action of a viewer on a record. */
export const CocpAction = enumeration(
  "ACCEPT",
  "DECLINE",
  "CANCEL",
  "UPDATE_NOTIFICATION_CONTACT",
  "RESEND_NOTIFICATION",
  "START_REVIEW",
  "APPROVE",
  "REFUSE",
  "AMEND_EFFECTIVE_DATE",
  "DOWNLOAD_FORM",
);
export type CocpAction = keyof typeof CocpAction;

export const TermsFormKind = enumeration("CHANGE_OF_SOFTWARE_ADVISOR", "CHANGE_OF_RESELLER", "COMBINED");
export type TermsFormKind = keyof typeof TermsFormKind;

export const CocpNotificationKind = enumeration(
  "INVITATION",
  "REMINDER",
  "ACCEPTED",
  "DECLINED",
  "CANCELED",
  "EXPIRED",
  "REFUSED",
  "APPROVED",
  "EFFECTIVE_DATE_AMENDED",
  "COMPLETED",
);
export type CocpNotificationKind = keyof typeof CocpNotificationKind;

export const CocpNotificationState = enumeration("QUEUED", "SENT", "FAILED", "SUPPRESSED");
export type CocpNotificationState = keyof typeof CocpNotificationState;

export const CocpEventType = enumeration(
  "INITIATED",
  "ACCEPTED",
  "DECLINED",
  "CANCELLATION_REQUESTED",
  "CANCELED",
  "EXPIRED",
  "REVIEW_STARTED",
  "APPROVED",
  "REFUSED",
  "COMPLETED",
  "EFFECTIVE_DATE_AMENDED",
  "NOTIFICATION_CONTACT_UPDATED",
);
export type CocpEventType = keyof typeof CocpEventType;

export const CocpDirection = enumeration("INCOMING", "OUTGOING");
export type CocpDirection = keyof typeof CocpDirection;

export const CocpRecordOrderField = enumeration(
  "SUBMITTED_AT",
  "EXPIRES_AT",
  "EFFECTIVE_DATE",
  "REVIEW_DUE_AT",
  "UPDATED_AT",
);
export type CocpRecordOrderField = keyof typeof CocpRecordOrderField;

export const OrderDirection = enumeration("ASC", "DESC");
export type OrderDirection = keyof typeof OrderDirection;

export const CocpWarningCode = enumeration(
  "CONTACT_CANNOT_RESPOND",
  "CONTACT_UNVERIFIED",
  "AGREEMENT_ENDS_BEFORE_EFFECTIVE_DATE",
);
export type CocpWarningCode = keyof typeof CocpWarningCode;

export const UserErrorCode = enumeration(
  "NO_BILLING_ACCOUNTS",
  "TOO_MANY_BILLING_ACCOUNTS",
  "DUPLICATE_BILLING_ACCOUNT",
  "BILLING_ACCOUNT_NOT_FOUND",
  "BILLING_ACCOUNT_NOT_ELIGIBLE",
  "ACCOUNTS_OF_SEVERAL_CUSTOMERS",
  "PARTNER_NOT_FOUND",
  "PARTNER_NOT_ALLOWED",
  "PARTNER_NOT_AUTHORIZED_FOR_CHANNEL",
  "PARTNER_IS_CURRENT",
  "INVALID_EMAIL",
  "INVALID_NAME",
  "TEXT_TOO_LONG",
  "TERMS_NOT_ACCEPTED",
  "TERMS_OUTDATED",
  "IDEMPOTENCY_KEY_REUSED",
  "REQUEST_NOT_FOUND",
  "RECORD_NOT_FOUND",
  "NOT_ALLOWED",
  "INVALID_STATUS",
  "DEADLINE_PASSED",
  "DATE_IN_THE_PAST",
  "DATE_AFTER_AGREEMENT_END",
  "CASE_NUMBER_REQUIRED",
  "NOTE_REQUIRED",
  "TOO_MANY_NOTIFICATIONS",
  "RECORDS_OF_SEVERAL_PARTNERS",
);
export type UserErrorCode = keyof typeof UserErrorCode;

/** The person of the access token, with its rights by the directory. */
export interface Viewer {
  /** Lower case: addresses are compared case-insensitively with the directory. */
  readonly email: string;
  readonly displayName: string | null;
  /** Holds ENTERPRISE_ADMIN on at least one billing account. */
  readonly isEnterpriseAdmin: boolean;
  /** Member of the operations service center, by the token's role. */
  readonly isOperations: boolean;
  /** The partner organization that the viewer works for, and whether it may accept and decline for it. */
  readonly partner: { readonly id: string; readonly canRespond: boolean } | null;
}
