import { Field, ID } from "type-graphql";
import {
  AgreementChannel,
  AgreementProgram,
  AgreementStatus,
  CocpIneligibilityCode,
  PartnerCapacity,
  PartnerProblemCode,
} from "../domain/model";
import { Node } from "./node";
import { LocalDate } from "./scalars";
import { ObjectType } from "./objectType";

@ObjectType({ implements: Node, description: "A partner organization: a reseller, a software advisor, or both." })
export class Partner extends Node {
  @Field(() => String, {
    description: "Public Customer Number: trimmed, upper case. At most 32 characters; an opaque string, not a number.",
  })
  pcn: string;

  @Field(() => String, { description: "The organization's name, as the Confirm partner button shows it." })
  organizationName: string;

  @Field(() => [PartnerCapacity], { description: "What the partner may be on an agreement; possibly nothing." })
  capacities: PartnerCapacity[];
}

@ObjectType({
  implements: Node,
  description: "A customer with an Enterprise Agreement: the owner of billing accounts.",
})
export class Customer extends Node {
  @Field(() => String, { description: "The number under which the customer is known." })
  customerNumber: string;

  @Field(() => String, { description: "The customer organization's name." })
  name: string;
}

@ObjectType({ description: "The agreement behind a billing account." })
export class Agreement {
  @Field(() => AgreementProgram, { description: "Its licensing program." })
  program: AgreementProgram;

  @Field(() => AgreementStatus, { description: "EXPIRED also when only its end date has passed." })
  status: AgreementStatus;

  @Field(() => AgreementChannel, { description: "How it is served." })
  channel: AgreementChannel;

  @Field(() => LocalDate, { description: "First day." })
  startDate: string;

  @Field(() => LocalDate, { description: "Last day. An effective date may not be amended to a later one." })
  endDate: string;

  @Field(() => LocalDate, { description: "The agreement's anniversary." })
  anniversaryDate: string;
}

@ObjectType({ description: "One thing that keeps a billing account out of a new request." })
export class CocpIneligibilityReason {
  @Field(() => CocpIneligibilityCode, { description: "The reason, for a program." })
  code: CocpIneligibilityCode;

  @Field(() => String, { description: "One sentence for a person, naming what stands in the way and what to do." })
  message: string;
}

@ObjectType({ description: "Whether a billing account may be part of a new request, and if not, why." })
export class CocpEligibility {
  @Field(() => Boolean, { description: "Whether initiateCocp may include the account now." })
  eligible: boolean;

  @Field(() => [CocpIneligibilityReason], { description: "All that block, not only the first; empty when eligible." })
  reasons: CocpIneligibilityReason[];
}

@ObjectType({
  implements: Node,
  description:
    "One billing account of a customer, with its agreement. A change of partner moves one such account. " +
    "The field openCocpRecord leads to the change under way.",
})
export class BillingAccount extends Node {
  @Field(() => String, { description: "The number under which the account is known." })
  accountNumber: string;

  @Field(() => String, { description: "The account's name, for people." })
  displayName: string;

  @Field(() => Customer, { description: "The customer that the account belongs to." })
  customer: Customer;

  @Field(() => AgreementChannel, { description: "How the account is served; decides which form a change needs." })
  channel: AgreementChannel;

  @Field(() => Agreement, {
    nullable: true,
    description:
      "Null to a new partner until the record is COMPLETED: the old partner stays partner of record till then. " +
      "Null to the old partner from COMPLETED on.",
  })
  agreement: Agreement | null;

  @Field(() => Partner, {
    nullable: true,
    description: "The partner that the agreement has today. Null to a partner that is not, or no longer, concerned.",
  })
  partnerOfRecord: Partner | null;

  @Field(() => Partner, {
    nullable: true,
    description:
      "The partner that may place orders on the given day, today if absent. Null to a partner that is not concerned. " +
      "The new partner may from the record's effective date on, once operations has approved the change.",
  })
  orderingPartner: Partner | null;

  @Field(() => CocpEligibility, {
    description:
      "Whether a new request may include the account. " +
      "To a viewer who is not Enterprise Administrator of the account: NOT_ENTERPRISE_ADMIN alone.",
  })
  cocpEligibility: CocpEligibility;
}

@ObjectType({ description: "Why a partner can't take an account, or any." })
export class PartnerProblem {
  @Field(() => PartnerProblemCode, { description: "The problem, for a program." })
  code: PartnerProblemCode;

  @Field(() => String, { description: "One sentence for a person, saying what to do." })
  message: string;

  @Field(() => ID, {
    nullable: true,
    description: "The account that the problem is about; null when it is about the partner as such.",
  })
  billingAccountId: string | null;
}

@ObjectType({ description: "The answer of the Confirm partner button." })
export class PartnerConfirmation {
  @Field(() => Boolean, { description: "True when the partner exists and may take the given accounts." })
  confirmed: boolean;

  @Field(() => Partner, { nullable: true, description: "Null when no partner has this PCN." })
  partner: Partner | null;

  @Field(() => [PartnerProblem], { description: "All that stands in the way; empty when confirmed." })
  problems: PartnerProblem[];
}
