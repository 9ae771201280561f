import {
  CocpNotificationKind,
  CocpNotificationState,
  CocpWarningCode,
  TermsFormKind,
  UserErrorCode,
} from "../domain/model";
import { registerEnum } from "./registerEnum";

registerEnum(TermsFormKind, "TermsFormKind", "Which change-partner form, by the channels of the accounts.", {
  CHANGE_OF_SOFTWARE_ADVISOR: "Change of Software Advisor: all accounts are DIRECT.",
  CHANGE_OF_RESELLER: "Change of Reseller: all accounts are INDIRECT.",
  COMBINED: "Both kinds among the accounts: one form with a section for each. Never the kind of a section.",
});

registerEnum(CocpNotificationKind, "CocpNotificationKind", "What a notification tells, and whom.", {
  INVITATION: "To the new partner's contact: the customer would like you to be their new partner; accept or decline.",
  REMINDER: "To the new partner's contact: the request is still unanswered. On days 3, 7, 9, 20 and 27 by default.",
  ACCEPTED: "To the customer: the partner accepted; with the effective date.",
  DECLINED: "To the customer: the partner declined; with the partner's note.",
  CANCELED: "To the new partner's contact and the customer: the customer canceled the request.",
  EXPIRED: "To the new partner's contact and the customer: the partner did not answer in time.",
  REFUSED: "To the new partner's contact and the customer: operations refused; with the note.",
  APPROVED: "To all three sides: the grace period has begun. The old partner learns the date, not the new partner.",
  EFFECTIVE_DATE_AMENDED:
    "To the new partner's contact, the customer, and the old partner if it was told before: another effective date.",
  COMPLETED: "To all three sides: the change is done.",
});

registerEnum(CocpNotificationState, "CocpNotificationState", "What has become of a notification.", {
  QUEUED: "Waiting to be sent, or to be tried again after a temporary failure (for up to 3 days).",
  SENT: "Taken over by the mail server.",
  FAILED: "Rejected by the mail server permanently, or deferred for three days.",
  SUPPRESSED: "Deliberately not sent; suppressedBecause says why.",
});

registerEnum(
  UserErrorCode,
  "UserErrorCode",
  "What is wrong, for a program. More codes may be added: show `message` for one that you don't know.",
  {
    NO_BILLING_ACCOUNTS: "The list is empty: name at least one billing account.",
    TOO_MANY_BILLING_ACCOUNTS: "More than 20 billing accounts in one request.",
    DUPLICATE_BILLING_ACCOUNT: "The same billing account twice in one request.",
    BILLING_ACCOUNT_NOT_FOUND: "No such billing account, or the viewer may not see it.",
    BILLING_ACCOUNT_NOT_ELIGIBLE:
      "The account can't be part of a new request; the message gives the reason. One error for each blocking reason.",
    ACCOUNTS_OF_SEVERAL_CUSTOMERS: "The accounts belong to different customers: send one request for each.",
    PARTNER_NOT_FOUND: "No partner has this PCN: ask the partner for the correct one.",
    PARTNER_NOT_ALLOWED: "The partner is known, but not allowed to do business.",
    PARTNER_NOT_AUTHORIZED_FOR_CHANNEL:
      "The partner is not authorized as RESELLER (indirect) or SOFTWARE_ADVISOR (direct), as the account needs.",
    PARTNER_IS_CURRENT: "The partner is already the account's partner of record.",
    INVALID_EMAIL: "Not one bare e-mail address.",
    INVALID_NAME:
      "A first or last name that is blank, longer than 100 characters or has invisible characters; or such a case number.",
    TEXT_TOO_LONG: "A text that is longer than its field's description allows.",
    TERMS_NOT_ACCEPTED: "The checkbox is not ticked: `acceptTerms` must be true.",
    TERMS_OUTDATED: "Another text was signed than the current one: show `previewCocp.terms` again.",
    IDEMPOTENCY_KEY_REUSED: "The key was used before, with other input.",
    REQUEST_NOT_FOUND: "No such request, or the viewer may not see it.",
    RECORD_NOT_FOUND: "No such record, or the viewer may not see it, or it belongs to another request.",
    NOT_ALLOWED:
      "The viewer may see the record but not do this to it, or the change can't go on; the message says why.",
    INVALID_STATUS: "The record's status does not admit the action; the message names the status.",
    DEADLINE_PASSED: "The record has expired: it can't be answered any more.",
    DATE_IN_THE_PAST: "An effective date before today (UTC): a change is never backdated.",
    DATE_AFTER_AGREEMENT_END: "An effective date after the agreement's end date.",
    CASE_NUMBER_REQUIRED: "The number of the Early COCP case is blank.",
    NOTE_REQUIRED: "A refusal needs a note.",
    TOO_MANY_NOTIFICATIONS: "The invitation was sent to the contact again less than an hour ago: try again later.",
    RECORDS_OF_SEVERAL_PARTNERS: "Named by no record IDs, and the request has several new partners.",
  },
);

registerEnum(CocpWarningCode, "CocpWarningCode", "What the customer should know, though it stops nothing.", {
  CONTACT_CANNOT_RESPOND:
    "The contact works for the partner but may not accept: it is notified, and a colleague must answer.",
  CONTACT_UNVERIFIED: "The contact is not known at the partner: it is not notified, so tell the partner yourself.",
  AGREEMENT_ENDS_BEFORE_EFFECTIVE_DATE: "The agreement's end date comes before the effective date.",
});
