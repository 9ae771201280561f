import { Field } from "type-graphql";
import {
  CocpAction,
  CocpEventType,
  CocpParty,
  CocpReason,
  CocpStatus,
  CocpWaitingOn,
  ContactVerification,
} from "../domain/model";
import { BillingAccount, Customer, Partner } from "./directory";
import { Node } from "./node";
import { CocpForm, CocpNotification, Signature } from "./recordParts";
import { DateTime, LocalDate } from "./scalars";
import { ChangePartnerTerms } from "./terms";
import { ObjectType } from "./objectType";

const requestIdDescription = "What people quote, such as COCP-7Q4M-K2XW. Random: not a counter.";

@ObjectType({
  implements: Node,
  description:
    "A COCP package: one signature, one Request ID, 1 to 20 billing accounts. Status lives on its records; " +
    "the request has none of its own.",
})
export class CocpRequest extends Node {
  @Field(() => String, { description: requestIdDescription })
  requestId: string;

  @Field(() => Customer, { description: "The customer that signed it." })
  customer: Customer;

  @Field(() => DateTime, {
    description: "When it was signed and sent to the new partner; every deadline counts from here.",
  })
  submittedAt: Date;

  @Field(() => DateTime, {
    description: "Ten days after submission: until then the partner should have answered. Advice, with reminders.",
  })
  respondBy: Date;

  @Field(() => DateTime, {
    description: "Thirty days after submission: from then on an unanswered record is EXPIRED.",
  })
  expiresAt: Date;

  @Field(() => Signature, { nullable: true, description: "Null to the old partner." })
  signature: Signature | null;

  @Field(() => ChangePartnerTerms, { description: "The terms that were signed, in that text." })
  terms: ChangePartnerTerms;

  @Field(() => [CocpRecord], { description: "The records that the viewer may see." })
  records: CocpRecord[];

  @Field(() => CocpForm, {
    nullable: true,
    description:
      "The signed form: null until a record was accepted and is not canceled. It lists the records that are ACCEPTED, " +
      "PENDING_MICROSOFT_REVIEW, IN_GRACE_PERIOD or COMPLETED, to a partner its own. Null to the old partner.",
  })
  form: CocpForm | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Page of the partner's portal for this request, for the customer to pass on when the invitation was suppressed. " +
      "Sign-in decides who sees it. Null where no portal is configured, and to partners.",
  })
  partnerLink: string | null;
}

@ObjectType({
  implements: Node,
  description:
    "One billing account of a request; the row of the Track changes page. Seen by the account's Enterprise " +
    "Administrators, the new partner, operations, and from IN_GRACE_PERIOD on the old partner.",
})
export class CocpRecord extends Node {
  @Field(() => CocpRequest, { description: "The package that it is part of." })
  request: CocpRequest;

  @Field(() => BillingAccount, { description: "The account that changes partner." })
  billingAccount: BillingAccount;

  @Field(() => CocpStatus, {
    description: "Where it stands. What is past its time reads as EXPIRED or COMPLETED at once.",
  })
  status: CocpStatus;

  @Field(() => CocpWaitingOn, { description: "Whose move it is." })
  waitingOn: CocpWaitingOn;

  @Field(() => Boolean, {
    description:
      "True when the partner has not answered and respondBy has passed. It may still accept until expiresAt.",
  })
  overdue: boolean;

  @Field(() => String, {
    nullable: true,
    description:
      "Visible to operations: the reason why the record cannot be approved, or not be completed although its effective " +
      "date has come, with the fix. Null otherwise.",
  })
  heldUpBecause: string | null;

  @Field(() => Partner, {
    nullable: true,
    description: "The partner that the account leaves: its partner of record when the request was submitted.",
  })
  oldPartner: Partner | null;

  @Field(() => Partner, {
    nullable: true,
    description: "The partner that the account goes to. Null to the old partner.",
  })
  newPartner: Partner | null;

  @Field(() => String, {
    nullable: true,
    description: "E-mail address that the customer named at the new partner. Null to the old partner.",
  })
  partnerNotificationContact: string | null;

  @Field(() => ContactVerification, {
    nullable: true,
    description: "What is known of that contact. Null to both partners.",
  })
  contactVerification: ContactVerification | null;

  @Field(() => CocpReason, { nullable: true, description: "Why the customer changes partner. Null to both partners." })
  reason: CocpReason | null;

  @Field(() => String, {
    nullable: true,
    description: "The customer's own words on it, if any. Null to both partners.",
  })
  reasonNote: string | null;

  @Field(() => LocalDate, {
    description:
      "First day on which the new partner can place orders: the UTC date of submission + 90 days unless amended. " +
      "The change completes at 00:00:00 UTC of it. Approval on a later day moves it to that day.",
  })
  effectiveDate: string;

  @Field(() => String, {
    nullable: true,
    description: "Case that moved the effective date, if one did. Null to the old partner.",
  })
  earlyCocpCaseNumber: string | null;

  @Field(() => DateTime, { nullable: true, description: "When the new partner accepted or declined; null until then." })
  respondedAt: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      "48 hours after acceptance, while operations has it; else null. For information: nothing happens then.",
  })
  reviewDueAt: Date | null;

  @Field(() => CocpParty, {
    nullable: true,
    description: "Who ended a record that is DECLINED, CANCELED, EXPIRED or COMPLETED; null on any other.",
  })
  closedBy: CocpParty | null;

  @Field(() => String, {
    nullable: true,
    description: "What the partner or operations said on declining or refusing. Null to the old partner.",
  })
  closingNote: string | null;

  @Field(() => DateTime, { description: "When something last happened to it: the time of its latest event." })
  updatedAt: Date;

  @Field(() => [CocpAction], {
    description: "What the viewer may do to it now: show these buttons and no others. Empty when there is nothing.",
  })
  availableActions: CocpAction[];

  @Field(() => [CocpEvent], { description: "The record's history that the viewer may see, oldest first." })
  events: CocpEvent[];

  @Field(() => [CocpNotification], {
    description: "Mail about it, oldest first. To a partner: those addressed to it.",
  })
  notifications: CocpNotification[];
}

@ObjectType({ implements: Node, description: "One thing that happened to one record. Never changed, never deleted." })
export class CocpEvent extends Node {
  @Field(() => String, { description: "Where the event stands in the feed; pass it as `after`." })
  cursor: string;

  @Field(() => CocpEventType, { description: "What happened." })
  type: CocpEventType;

  @Field(() => DateTime, {
    description: "When it happened. The feed is in the order of commits, in which these times may go back a little.",
  })
  occurredAt: Date;

  @Field(() => CocpParty, { description: "The side that did it." })
  actor: CocpParty;

  @Field(() => String, {
    nullable: true,
    description:
      "Email address of the person. Visible to the customer for its own people and the new partner's, to the new partner " +
      "for its own, to operations for all. Null otherwise, and for SYSTEM.",
  })
  actorEmail: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "What was said along with it, if anything. The word on an acceptance, a decline or a refusal is for the customer, the " +
      "new partner and operations, the customer's on a cancellation for the customer and operations, and any other of " +
      "operations' own for operations.",
  })
  note: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The Early COCP case of an EFFECTIVE_DATE_AMENDED; else null. Null to the old partner.",
  })
  earlyCocpCaseNumber: string | null;

  @Field(() => CocpStatus, { nullable: true, description: "The status before. Null for INITIATED." })
  previousStatus: CocpStatus | null;

  @Field(() => CocpStatus, { description: "The status that the event left the record in." })
  status: CocpStatus;

  @Field(() => LocalDate, { description: "The effective date that the event left the record with." })
  effectiveDate: string;

  @Field(() => String, { description: requestIdDescription })
  requestId: string;

  @Field(() => CocpRecord, { description: "The record as it is now, which may be later than the event left it." })
  record: CocpRecord;
}

// Added here, because a record's file imports the directory's and not the other way round.
Field(() => CocpRecord, {
  nullable: true,
  description:
    "The open record of this account, if the viewer may see it; the partner of record from IN_GRACE_PERIOD on.",
})(BillingAccount.prototype, "openCocpRecord");
