import {
  CocpAction,
  CocpDirection,
  CocpEventType,
  CocpParty,
  CocpReason,
  CocpRecordOrderField,
  CocpStatus,
  CocpWaitingOn,
  OrderDirection,
} from "../domain/model";
import { registerEnum } from "./registerEnum";

registerEnum(
  CocpStatus,
  "CocpStatus",
  "Where a record stands. Open, occupying its billing account: IN_PROGRESS, ACCEPTED, PENDING_MICROSOFT_REVIEW, " +
    "IN_GRACE_PERIOD, CANCELLATION_IN_PROGRESS. Ended: DECLINED, CANCELED, EXPIRED, COMPLETED.",
  {
    IN_PROGRESS: "Sent to the new partner, who must accept or decline.",
    ACCEPTED: "Accepted by the new partner; operations will process it, typically within 24 to 48 hours.",
    DECLINED: "Declined by the new partner.",
    PENDING_MICROSOFT_REVIEW: "Operations is reviewing and processing it.",
    IN_GRACE_PERIOD: "Approved; the old partner remains partner of record until the effective date.",
    CANCELLATION_IN_PROGRESS:
      "The customer asked to cancel; queued to be canceled. The partner can't answer any more, and CANCELED follows soon.",
    CANCELED: "Canceled by the customer, or refused by operations; `closedBy` says which.",
    EXPIRED: "Not accepted within 30 days.",
    COMPLETED: "The new partner is partner of record.",
  },
);

registerEnum(CocpReason, "CocpReason", "Why the customer changes partner. Told to the customer and operations only.", {
  UNSATISFACTORY_SERVICE: "Unsatisfactory service by current partner.",
  PARTNER_BEING_OFFBOARDED: "Current partner is being offboarded by Microsoft.",
  OTHER: "Other; `reasonNote` may say more.",
});

registerEnum(CocpParty, "CocpParty", "A side of a change of partner.", {
  CUSTOMER: "The Enterprise Administrators of the billing account.",
  NEW_PARTNER: "The partner that is asked to take the account.",
  OLD_PARTNER: "The partner of record when the request was submitted.",
  OPERATIONS: "The operations service center.",
  SYSTEM: "The service itself, by its clock or in the background.",
});

registerEnum(CocpWaitingOn, "CocpWaitingOn", "Whose move it is.", {
  NEW_PARTNER: "The new partner must accept or decline: IN_PROGRESS.",
  OPERATIONS: "Operations must process it: ACCEPTED, PENDING_MICROSOFT_REVIEW.",
  EFFECTIVE_DATE: "Nothing is left to do but wait for the effective date: IN_GRACE_PERIOD.",
  NOBODY: "It has ended, or is being canceled.",
});

registerEnum(CocpAction, "CocpAction", "What the viewer may do to a record now.", {
  ACCEPT: "`acceptCocp`: new partner, while IN_PROGRESS.",
  DECLINE: "`declineCocp`: new partner, while IN_PROGRESS.",
  CANCEL: "`cancelCocp`: customer, while IN_PROGRESS.",
  UPDATE_NOTIFICATION_CONTACT: "`updatePartnerNotificationContact`: customer, while IN_PROGRESS.",
  RESEND_NOTIFICATION:
    "`resendPartnerNotification`: customer, while IN_PROGRESS; within an hour of the last time TOO_MANY_NOTIFICATIONS.",
  START_REVIEW: "`startCocpReview`: operations, while ACCEPTED.",
  APPROVE: "`approveCocp`: operations, while PENDING_MICROSOFT_REVIEW and nothing stands in the way.",
  REFUSE: "`refuseCocp`: operations, while ACCEPTED, PENDING_MICROSOFT_REVIEW or IN_GRACE_PERIOD.",
  AMEND_EFFECTIVE_DATE: "`amendCocpEffectiveDate`: operations, on a record not yet ended.",
  DOWNLOAD_FORM: "`CocpRequest.form` is there, and lists this record.",
});

registerEnum(CocpEventType, "CocpEventType", "What happened to a record; in brackets, the status that it left.", {
  INITIATED: "The customer signed and submitted the request [IN_PROGRESS].",
  ACCEPTED: "The new partner accepted [ACCEPTED].",
  DECLINED: "The new partner declined [DECLINED].",
  CANCELLATION_REQUESTED: "The customer asked to cancel [CANCELLATION_IN_PROGRESS].",
  CANCELED: "The cancellation that the customer had asked for is done [CANCELED].",
  EXPIRED: "The new partner did not answer in time [EXPIRED].",
  REVIEW_STARTED: "Operations took it up [PENDING_MICROSOFT_REVIEW].",
  APPROVED: "Operations approved it [IN_GRACE_PERIOD; COMPLETED follows at once if the effective date has come].",
  REFUSED: "Operations refused it [CANCELED].",
  COMPLETED: "The effective date has come: the new partner is partner of record [COMPLETED].",
  EFFECTIVE_DATE_AMENDED: "Operations moved the effective date on an Early COCP case [as it was].",
  NOTIFICATION_CONTACT_UPDATED: "The customer named another partner notification contact [IN_PROGRESS, as it was].",
});

registerEnum(
  CocpDirection,
  "CocpDirection",
  "Which way an account moves, seen from the viewer's partner organization.",
  {
    INCOMING: "To the viewer's partner organization.",
    OUTGOING: "Away from it; visible from IN_GRACE_PERIOD on.",
  },
);

registerEnum(CocpRecordOrderField, "CocpRecordOrderField", "What records are sorted by; ties are broken by id.", {
  SUBMITTED_AT: "When the request was submitted.",
  EXPIRES_AT: "When the record expires if unanswered.",
  EFFECTIVE_DATE: "The effective date.",
  REVIEW_DUE_AT: "When operations should have processed it; records without such a time come last in either direction.",
  UPDATED_AT: "When something last happened to the record.",
});

registerEnum(OrderDirection, "OrderDirection", "Direction of a sort.", {
  ASC: "Earliest first.",
  DESC: "Latest first.",
});
