import { Arg, Ctx, ID, Query, Resolver } from "type-graphql";
import { BadInputError } from "../domain/errors";
import { Node } from "../schema/node";
import { queryArgs, queryFields } from "../schema/rootFields";
import { parseGlobalId, type NodeType } from "./globalId";
import { toEvent } from "./views/historyViews";
import { toAccount, toCustomer, toPartner } from "./views/directoryViews";
import { toRecord, toRequest } from "./views/recordViews";
import type { RequestContext } from "./requestContext";

const maxNodes = 100;

@Resolver()
export class NodeResolver {
  @Query(() => Node, queryFields.node)
  async node(@Ctx() context: RequestContext, @Arg("id", () => ID, queryArgs.node.id) id: string) {
    return await findNode(context, id);
  }

  @Query(() => [Node], queryFields.nodes)
  async nodes(@Ctx() context: RequestContext, @Arg("ids", () => [ID], queryArgs.nodes.ids) ids: string[]) {
    if (ids.length > maxNodes) throw new BadInputError(`Ask for at most ${maxNodes} nodes at once.`, ["ids"]);
    return await Promise.all(ids.map((id) => findNode(context, id)));
  }
}

async function findNode(context: RequestContext, id: string) {
  const parsed = parseGlobalId(id);
  return parsed && (await findByKey(context, parsed.type, parsed.key));
}

/** Loads the node. Null when it does not exist for the viewer. */
async function findByKey({ loaders }: RequestContext, type: NodeType, key: string) {
  switch (type) {
    case "Partner":
      return map(await loaders.visiblePartners.load(key), toPartner);
    case "Customer":
      return map(await loaders.visibleCustomers.load(key), toCustomer);
    case "BillingAccount":
      return map(await loaders.accounts.load(key), toAccount);
    case "CocpRequest":
      return map(await loaders.requests.load(key), toRequest);
    case "CocpRecord":
      return map(await loaders.records.load(key), toRecord);
    case "CocpEvent":
      return map(await loaders.events.load(key), toEvent);
    case "CocpNotification":
      return null;
    default:
      return type satisfies never;
  }
}

function map<Row, Parent>(row: Row | null, toView: (row: Row) => Parent): Parent | null {
  return row === null ? null : toView(row);
}
