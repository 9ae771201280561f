import { Field, ID } from "type-graphql";
import { CocpWarningCode, ContactVerification, UserErrorCode } from "../domain/model";
import { BillingAccount, CocpEligibility, Partner } from "./directory";
import { CocpRecord, CocpRequest } from "./records";
import { DateTime, LocalDate } from "./scalars";
import { ChangePartnerTerms } from "./terms";
import { ObjectType } from "./objectType";

const fieldPathDescription = 'Path into the input, list positions included: ["changes", "2", "newPartnerPcn"].';
const warningsDescription = "What the customer should know, though it stops nothing.";

@ObjectType({
  description:
    "Something the person who filled in the form can mend. Nothing was changed where a payload has one, save for the " +
    "records it does not name.",
})
export class UserError {
  @Field(() => UserErrorCode, { description: "What is wrong, for a program." })
  code: UserErrorCode;

  @Field(() => String, { description: "One sentence for a person, saying what to do. Show it as it is." })
  message: string;

  @Field(() => [String], {
    nullable: true,
    description: `${fieldPathDescription} Null when no single field is to blame.`,
  })
  field: string[] | null;

  @Field(() => ID, { nullable: true, description: "The record that could not be acted on." })
  recordId: string | null;
}

@ObjectType({ description: "Something the customer should know before, or after, signing. It stops nothing." })
export class CocpWarning {
  @Field(() => CocpWarningCode, { description: "What it is about, for a program." })
  code: CocpWarningCode;

  @Field(() => String, { description: "One sentence for a person, saying what to do. Show it as it is." })
  message: string;

  @Field(() => [String], { nullable: true, description: fieldPathDescription })
  field: string[] | null;
}

@ObjectType({ description: "What a request would do with one of its accounts." })
export class CocpPreviewItem {
  @Field(() => BillingAccount, { nullable: true, description: "Null when there is no such account for the viewer." })
  billingAccount: BillingAccount | null;

  @Field(() => CocpEligibility, {
    nullable: true,
    description: "Whether the request may include it, with every reason against it. Null without an account.",
  })
  eligibility: CocpEligibility | null;

  @Field(() => Partner, { nullable: true, description: "The partner with the given PCN, or null." })
  newPartner: Partner | null;

  @Field(() => ContactVerification, {
    nullable: true,
    description: "What is known of the contact at that partner. Null without a partner or a usable address.",
  })
  contactVerification: ContactVerification | null;

  @Field(() => Boolean, {
    description: "Whether the contact will be notified. If not, the customer must inform the partner.",
  })
  notificationWillBeSent: boolean;
}

@ObjectType({
  description: "What initiateCocp would do with the same changes, submitted now. Nothing was stored or sent.",
})
export class CocpPreview {
  @Field(() => [CocpPreviewItem], { description: "One for each of the given changes, in their order." })
  items: CocpPreviewItem[];

  @Field(() => ChangePartnerTerms, {
    nullable: true,
    description: "The terms to show and sign, for the eligible accounts. Null while no account is eligible.",
  })
  terms: ChangePartnerTerms | null;

  @Field(() => DateTime, { description: "Until then the partner should answer: ten days from now." })
  respondBy: Date;

  @Field(() => DateTime, { description: "From then on an unanswered record would be EXPIRED: thirty days from now." })
  expiresAt: Date;

  @Field(() => LocalDate, {
    description: "First day on which the new partner could place orders: today (UTC) + 90 days.",
  })
  effectiveDate: string;

  @Field(() => [UserError], {
    description: "What initiateCocp would refuse, the signature aside. Empty: it may be signed.",
  })
  userErrors: UserError[];

  @Field(() => [CocpWarning], { description: warningsDescription })
  warnings: CocpWarning[];
}

@ObjectType({ description: "The request that was submitted, or why it was not." })
export class InitiateCocpPayload {
  @Field(() => CocpRequest, {
    nullable: true,
    description: "Null when there is a user error: then nothing was stored.",
  })
  request: CocpRequest | null;

  @Field(() => Boolean, {
    description: "True when the idempotency key had been used: the request is the earlier one.",
  })
  replayed: boolean;

  @Field(() => [CocpWarning], { description: warningsDescription })
  warnings: CocpWarning[];

  @Field(() => [UserError], {
    description: "What is to be mended, all of it. With BILLING_ACCOUNT_NOT_ELIGIBLE: one for each blocking reason.",
  })
  userErrors: UserError[];
}

@ObjectType({
  description: "Records are acted on one by one: those that could be are in `records`, each other has a user error.",
})
export class CocpRecordsPayload {
  @Field(() => [CocpRecord], {
    description:
      "The records that the action was done to, as they are now; also those that it had been done to before.",
  })
  records: CocpRecord[];

  @Field(() => [UserError], { description: "One for each record that could not be acted on, and for faulty input." })
  userErrors: UserError[];

  @Field(() => [CocpWarning], { description: warningsDescription })
  warnings: CocpWarning[];
}

@ObjectType({ description: "The sandbox's clock." })
export class SandboxClockPayload {
  @Field(() => DateTime, { description: "The service's time after the move." })
  now: Date;
}
