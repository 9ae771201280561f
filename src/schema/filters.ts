import { Field, ID, InputType } from "type-graphql";
import { CocpDirection, CocpEventType, CocpRecordOrderField, CocpStatus, OrderDirection } from "../domain/model";
import { DateTime } from "./scalars";

const requestIdDescription = "Only of this request, such as COCP-7Q4M-K2XW.";
const directionDescription = "Only accounts that move this way, seen from the viewer's partner organization.";

@InputType({ description: "Which billing accounts. All conditions must hold; an absent or null one does not count." })
export class BillingAccountFilter {
  @Field(() => Boolean, {
    nullable: true,
    description: "true: only accounts that a COCP may include; false: only those that it may not.",
  })
  eligible?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: "Matches account number or display name, case-insensitively.",
  })
  search?: string | null;
}

@InputType({ description: "Which records. All conditions must hold; an absent or null one does not count." })
export class CocpRecordFilter {
  @Field(() => String, { nullable: true, description: requestIdDescription })
  requestId?: string | null;

  @Field(() => ID, { nullable: true, description: "Only of this billing account." })
  billingAccountId?: string | null;

  @Field(() => [CocpStatus], { nullable: true, description: "Only with one of these statuses." })
  status?: CocpStatus[] | null;

  @Field(() => String, { nullable: true, description: "Only with the new partner that has this PCN." })
  newPartnerPcn?: string | null;

  @Field(() => CocpDirection, { nullable: true, description: directionDescription })
  direction?: CocpDirection | null;

  @Field(() => Boolean, { nullable: true, description: "true: only overdue ones; false: only those that are not." })
  overdue?: boolean | null;

  @Field(() => DateTime, { nullable: true, description: "Only submitted at this instant or later." })
  submittedFrom?: Date | null;

  @Field(() => DateTime, { nullable: true, description: "Only submitted before this instant." })
  submittedBefore?: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Matches request ID, account number, account name or partner name, case-insensitively; of partner names only " +
      "those that the viewer may see.",
  })
  search?: string | null;
}

@InputType({ description: "How to sort records." })
export class CocpRecordOrder {
  @Field(() => CocpRecordOrderField, {
    defaultValue: CocpRecordOrderField.SUBMITTED_AT,
    description: "What to sort by.",
  })
  field: CocpRecordOrderField;

  @Field(() => OrderDirection, { defaultValue: OrderDirection.DESC, description: "Which way." })
  direction: OrderDirection;
}

@InputType({ description: "Which events. All conditions must hold; an absent or null one does not count." })
export class CocpEventFilter {
  @Field(() => String, { nullable: true, description: requestIdDescription })
  requestId?: string | null;

  @Field(() => [CocpEventType], { nullable: true, description: "Only of these types." })
  type?: CocpEventType[] | null;

  @Field(() => [CocpStatus], {
    nullable: true,
    description: "Only those that left the record in one of these statuses.",
  })
  status?: CocpStatus[] | null;

  @Field(() => CocpDirection, { nullable: true, description: directionDescription })
  direction?: CocpDirection | null;
}
