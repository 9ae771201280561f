import { Field, ID, InputType, Int } from "type-graphql";
import { CocpReason } from "../domain/model";
import { LocalDate } from "./scalars";

const pcnDescription = "Public Customer Number of the new partner; spaces around it and lower case do not matter.";
const contactDescription =
  "E-mail address of the person at the new partner who should accept: one bare address, at most 254 characters. " +
  "One that the partner organization does not know is taken, but is not notified.";
const requestIdDescription = "The Request ID, such as COCP-7Q4M-K2XW.";
const recordsOfRequest =
  "Ids of records of that request; absent or null: all that the action can apply to. 1 to 100, else BAD_USER_INPUT.";
const recordIdsDescription =
  "Ids of records, of one request or several; each is acted on by itself. 1 to 100, else BAD_USER_INPUT.";
const noteLimit = "At most 1,000 characters.";

@InputType({ description: "The change of one billing account: to whom, and why." })
export class PartnerChangeInput {
  @Field(() => ID, { description: "Id of the billing account." })
  billingAccountId: string;

  @Field(() => String, { description: pcnDescription })
  newPartnerPcn: string;

  @Field(() => String, { description: contactDescription })
  partnerNotificationContact: string;

  @Field(() => CocpReason, { description: "Why. Told to the customer and operations only." })
  reason: CocpReason;

  @Field(() => String, {
    nullable: true,
    description: `More on the reason. ${noteLimit} Told to the customer and operations only.`,
  })
  reasonNote?: string | null;
}

@InputType({ description: "The signature under the change-partner terms." })
export class SignatureInput {
  @Field(() => String, { description: "First name of the person who signs: 1 to 100 characters." })
  firstName: string;

  @Field(() => String, { description: "Last name of the person who signs: 1 to 100 characters." })
  lastName: string;

  @Field(() => Boolean, { description: "The checkbox. Anything but true is TERMS_NOT_ACCEPTED." })
  acceptTerms: boolean;

  @Field(() => String, {
    description:
      "The text that was shown: `previewCocp.terms.version`. Another than the current one is TERMS_OUTDATED.",
  })
  termsVersion: string;
}

@InputType({ description: "A request to sign and submit." })
export class InitiateCocpInput {
  @Field(() => [PartnerChangeInput], {
    description:
      "1 to 20, each account once, all of one customer. All or nothing: one blocked account stops the request. Each " +
      "may name its own partner, contact and reason.",
  })
  changes: PartnerChangeInput[];

  @Field(() => SignatureInput, { description: "The signature, one for all accounts." })
  signature: SignatureInput;

  @Field(() => String, {
    nullable: true,
    description:
      "Repeating a call with its key returns the first call's request. 1 to 255 characters, one viewer's own. Make one, " +
      "such as a UUID, when the form is opened, and send it with every try. The same key with other input is " +
      "IDEMPOTENCY_KEY_REUSED.",
  })
  idempotencyKey?: string | null;
}

@InputType({ description: "The records of one request: all that the action can apply to, or those named." })
export class RespondToCocpInput {
  @Field(() => String, { description: requestIdDescription })
  requestId: string;

  @Field(() => [ID], { nullable: true, description: recordsOfRequest })
  recordIds?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: `A note for the customer and operations. ${noteLimit} When declining, it is in the email to the customer.`,
  })
  note?: string | null;
}

@InputType({ description: "The records of one request: all that can be canceled, or those named." })
export class CancelCocpInput {
  @Field(() => String, { description: requestIdDescription })
  requestId: string;

  @Field(() => [ID], { nullable: true, description: recordsOfRequest })
  recordIds?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: `Why it is canceled, for the customer's side and operations. ${noteLimit}`,
  })
  note?: string | null;
}

@InputType({ description: "The records that operations acts on." })
export class ReviewCocpInput {
  @Field(() => [ID], { description: recordIdsDescription })
  recordIds: string[];

  @Field(() => String, {
    nullable: true,
    description: `A note on the decision, for operations. ${noteLimit} Needed to refuse: the customer and the new partner receive it.`,
  })
  note?: string | null;
}

@InputType({ description: "Another effective date, on an Early COCP case." })
export class AmendCocpEffectiveDateInput {
  @Field(() => [ID], { description: recordIdsDescription })
  recordIds: string[];

  @Field(() => LocalDate, {
    description: "From today (UTC) up to the agreement's end date. Today on an approved record completes it at once.",
  })
  effectiveDate: string;

  @Field(() => String, { description: "Number of the Early COCP case; not blank, at most 100 characters." })
  caseNumber: string;
}

@InputType({ description: "Another partner notification contact for records of one request." })
export class UpdateNotificationContactInput {
  @Field(() => String, { description: requestIdDescription })
  requestId: string;

  @Field(() => [ID], { nullable: true, description: recordsOfRequest })
  recordIds?: string[] | null;

  @Field(() => String, { description: contactDescription })
  partnerNotificationContact: string;
}

@InputType({ description: "The records whose contact is to be invited once more." })
export class ResendNotificationInput {
  @Field(() => String, { description: requestIdDescription })
  requestId: string;

  @Field(() => [ID], { nullable: true, description: recordsOfRequest })
  recordIds?: string[] | null;
}

@InputType({ description: "How far to move the clock: the sum of the three, forward only, at most 400 days a call." })
export class AdvanceSandboxClockInput {
  @Field(() => Int, { defaultValue: 0, description: "Days of 24 hours." })
  days: number;

  @Field(() => Int, { defaultValue: 0, description: "Hours." })
  hours: number;

  @Field(() => Int, { defaultValue: 0, description: "Minutes." })
  minutes: number;
}
