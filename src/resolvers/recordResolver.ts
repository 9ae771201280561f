import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, Ctx, FieldResolver, Info, Query, Resolver, Root } from "type-graphql";
import { pcnKey, requestIdKey } from "../domain/keys";
import { CocpRecordConnection, ConnectionArgs } from "../schema/connections";
import { CocpRecordFilter, CocpRecordOrder } from "../schema/filters";
import { CocpRecord } from "../schema/records";
import { queryArgs, queryFields } from "../schema/rootFields";
import { readRecordPage, type RecordPage } from "../services/requests/readRecordPage";
import { projectionOf } from "./recordColumns";
import { globalIdKey } from "./globalId";
import { toEvent, toNotification } from "./views/historyViews";
import { RecordConnectionView } from "./views/connectionViews";
import { toRecord, type RecordView } from "./views/recordViews";
import type { RequestContext } from "./requestContext";

/** A key that no row has: an id that can't be one finds nothing. */
const nobody = "00000000-0000-0000-0000-000000000000";

@Resolver(() => CocpRecord)
export class RecordResolver {
  @Query(() => CocpRecordConnection, queryFields.cocpRecords)
  async cocpRecords(
    @Ctx() { services, viewer }: RequestContext,
    @Info() info: GraphQLResolveInfo,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Arg("filter", () => CocpRecordFilter, queryArgs.cocpRecords.filter) filter?: CocpRecordFilter | null,
    @Arg("orderBy", () => CocpRecordOrder, queryArgs.cocpRecords.orderBy) orderBy?: CocpRecordOrder | null,
  ) {
    const order = orderBy ?? { field: "SUBMITTED_AT", direction: "DESC" };
    const page = await readRecordPage(services, viewer, toFilter(filter ?? {}), order, args, projectionOf(info));
    return new RecordConnectionView(page, toRecord);
  }

  @FieldResolver()
  async events(@Root() { visible: { record } }: RecordView, @Ctx() { loaders }: RequestContext) {
    return (await loaders.recordEvents.load(record.id)).map(toEvent);
  }

  @FieldResolver()
  async notifications(@Root() { visible: { record } }: RecordView, @Ctx() { loaders }: RequestContext) {
    return (await loaders.notifications.load(record.id)).map(toNotification);
  }
}

@Resolver(() => CocpRecordConnection)
export class RecordConnectionResolver {
  @FieldResolver()
  totalCount(@Root() { page }: { page: RecordPage }) {
    return page.totalCount();
  }

  @FieldResolver()
  statusCounts(@Root() { page }: { page: RecordPage }) {
    return page.statusCounts();
  }
}

/** An absent condition and a null one both do not count. */
function toFilter(filter: CocpRecordFilter) {
  const { requestId, billingAccountId, newPartnerPcn } = filter;
  return {
    requestId: requestId == null ? undefined : requestIdKey(requestId),
    billingAccountId:
      billingAccountId == null ? undefined : (globalIdKey("BillingAccount", billingAccountId) ?? nobody),
    statuses: filter.status ?? undefined,
    newPartnerPcn: newPartnerPcn == null ? undefined : (pcnKey(newPartnerPcn) ?? ""),
    direction: filter.direction ?? undefined,
    overdue: filter.overdue ?? undefined,
    submittedFrom: filter.submittedFrom ?? undefined,
    submittedBefore: filter.submittedBefore ?? undefined,
    search: filter.search ?? undefined,
  };
}
