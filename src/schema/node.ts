import "reflect-metadata"; // what type-graphql's decorators write to
import { Field, ID, InterfaceType } from "type-graphql";
import { ObjectType } from "./objectType";

/** A plain object that resolvers return as a Node, with the name of its type. */
export interface TypedNode {
  readonly __typename: string;
}

@InterfaceType({
  description: "A thing with an id of its own, which `node` and `nodes` find again.",
})
export abstract class Node {
  @Field(() => ID, {
    description:
      "Opaque and globally unique; never reused. Keep it as it is: what it is made of may change without notice.",
  })
  id: string;
}

@ObjectType({
  description: "Where a page stands in its list (Relay cursor connection specification).",
})
export class PageInfo {
  @Field(() => Boolean, { description: "Whether more follows: ask again with `after: endCursor`." })
  hasNextPage: boolean;

  @Field(() => Boolean, { description: "Whether something comes before: ask again with `before: startCursor`." })
  hasPreviousPage: boolean;

  @Field(() => String, { nullable: true, description: "Cursor of the page's first item; null on an empty page." })
  startCursor: string | null;

  @Field(() => String, { nullable: true, description: "Cursor of the page's last item; null on an empty page." })
  endCursor: string | null;
}
