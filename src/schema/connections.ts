import { ArgsType, Field, Int } from "type-graphql";
import { CocpStatus } from "../domain/model";
import { BillingAccount } from "./directory";
import { PageInfo } from "./node";
import { CocpEvent, CocpRecord } from "./records";
import { ObjectType } from "./objectType";

const edgesDescription = "The page's items, each with its cursor.";
const nodesDescription = "The page's items without their cursors, in the same order.";
const pageInfoDescription = "Where the page stands in the list.";
const totalCountDescription = "How many items the filter leaves, over all pages.";
const edgeCursorDescription = "Where the item stands in the list; pass it as `after` or `before`.";

@ArgsType()
export class ForwardArgs {
  @Field(() => Int, {
    nullable: true,
    description: "How many items, from the front: 1 to 100, 20 by default. Anything else is BAD_USER_INPUT.",
  })
  first?: number | null;

  @Field(() => String, {
    nullable: true,
    description: "Only what follows this cursor. INVALID_CURSOR when it was not given by this list.",
  })
  after?: string | null;
}

@ArgsType()
export class ConnectionArgs extends ForwardArgs {
  @Field(() => Int, {
    nullable: true,
    description: "How many items, from the back: 1 to 100. Not together with `first`.",
  })
  last?: number | null;

  @Field(() => String, {
    nullable: true,
    description: "Only what precedes this cursor. INVALID_CURSOR when it was not given by this list.",
  })
  before?: string | null;
}

@ObjectType({ description: "A billing account on a page." })
export class BillingAccountEdge {
  @Field(() => String, { description: edgeCursorDescription })
  cursor: string;

  @Field(() => BillingAccount, { description: "The account." })
  node: BillingAccount;
}

@ObjectType({ description: "A page of billing accounts." })
export class BillingAccountConnection {
  @Field(() => [BillingAccountEdge], { description: edgesDescription })
  edges: BillingAccountEdge[];

  @Field(() => [BillingAccount], { description: nodesDescription })
  nodes: BillingAccount[];

  @Field(() => PageInfo, { description: pageInfoDescription })
  pageInfo: PageInfo;

  @Field(() => Int, { description: totalCountDescription })
  totalCount: number;
}

@ObjectType({ description: "A record on a page." })
export class CocpRecordEdge {
  @Field(() => String, { description: edgeCursorDescription })
  cursor: string;

  @Field(() => CocpRecord, { description: "The record." })
  node: CocpRecord;
}

@ObjectType({ description: "How many records have a status." })
export class CocpStatusCount {
  @Field(() => CocpStatus, { description: "The status." })
  status: CocpStatus;

  @Field(() => Int, { description: "How many records have it." })
  count: number;
}

@ObjectType({ description: "A page of records." })
export class CocpRecordConnection {
  @Field(() => [CocpRecordEdge], { description: edgesDescription })
  edges: CocpRecordEdge[];

  @Field(() => [CocpRecord], { description: nodesDescription })
  nodes: CocpRecord[];

  @Field(() => PageInfo, { description: pageInfoDescription })
  pageInfo: PageInfo;

  @Field(() => Int, { description: totalCountDescription })
  totalCount: number;

  @Field(() => [CocpStatusCount], {
    description: "Records by status, for tabs with numbers. Over the same filter, its status condition aside.",
  })
  statusCounts: CocpStatusCount[];

  @Field(() => String, {
    description:
      "Where the feed stood when this page was read. Subscribe to cocpEvents after it, and nothing that happened " +
      "since is missed; an event that the page already shows may come once more.",
  })
  feedCursor: string;
}

@ObjectType({ description: "An event on a page." })
export class CocpEventEdge {
  @Field(() => String, { description: "The same as the event's own cursor." })
  cursor: string;

  @Field(() => CocpEvent, { description: "The event." })
  node: CocpEvent;
}

@ObjectType({ description: "A page of the feed, in the order in which events were committed." })
export class CocpEventConnection {
  @Field(() => [CocpEventEdge], { description: edgesDescription })
  edges: CocpEventEdge[];

  @Field(() => [CocpEvent], { description: nodesDescription })
  nodes: CocpEvent[];

  @Field(() => PageInfo, { description: pageInfoDescription })
  pageInfo: PageInfo;
}
