import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, Ctx, FieldResolver, Info, Query, Resolver, Root } from "type-graphql";
import { availableActions } from "../domain/actions";
import { maySee } from "../domain/permissions";
import { normalizePcn } from "../domain/text";
import { CocpRecordConnection, ConnectionArgs } from "../schema/connections";
import { CocpRecordFilter, CocpRecordOrder } from "../schema/filters";
import { CocpRecord } from "../schema/records";
import { queryArgs, queryFields } from "../schema/rootFields";
import { accountOf, newPartnerOf, oldPartnerOf } from "../services/readRecords";
import { readRecordPage, type RecordPage } from "../services/readRecordPage";
import { keyOf, normalRequestId } from "./globalId";
import {
  toAccountSummary,
  RecordConnectionParent,
  toEvent,
  toNotification,
  toPartner,
  toRecord,
  toRequestSummary,
  type RecordParent,
} from "./parents";
import type { Loaders } from "./loaders";
import type { RequestContext } from "./requestContext";
import { selectionOf } from "./selection";

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
    const asked = selectionOf(info);
    const extent = {
      oldPartner: asked.nodes.has("oldPartner"),
      newPartner: asked.nodes.has("newPartner"),
      statusCounts: asked.page.has("statusCounts"),
    };
    const page = await readRecordPage(services, viewer, toFilter(filter ?? {}), order, args, extent);
    return new RecordConnectionParent(page, toRecord);
  }

  @FieldResolver()
  request(@Root() { visible }: RecordParent) {
    return toRequestSummary(visible.record);
  }

  @FieldResolver()
  billingAccount(@Root() { visible }: RecordParent) {
    return toAccountSummary(accountOf(visible.beside));
  }

  @FieldResolver()
  oldPartner(@Root() { visible: { record, beside } }: RecordParent, @Ctx() { loaders }: RequestContext) {
    const partner = oldPartnerOf(beside);
    return partner === null ? loadPartner(loaders, record.oldPartnerId) : toPartner(partner);
  }

  @FieldResolver()
  newPartner(@Root() { visible: { record, actor, beside } }: RecordParent, @Ctx() { loaders }: RequestContext) {
    if (!maySee("NEW_PARTNER", actor.parties)) return null;
    const partner = newPartnerOf(beside);
    return partner === null ? loadPartner(loaders, record.newPartnerId) : toPartner(partner);
  }

  @FieldResolver()
  availableActions(@Root() { visible: { record, actor, standing, asOf } }: RecordParent) {
    return availableActions(record, actor, standing, asOf);
  }

  @FieldResolver()
  async events(@Root() { visible: { record } }: RecordParent, @Ctx() { loaders }: RequestContext) {
    return (await loaders.recordEvents.load(record.id)).map(toEvent);
  }

  @FieldResolver()
  async notifications(@Root() { visible: { record } }: RecordParent, @Ctx() { loaders }: RequestContext) {
    return (await loaders.notifications.load(record.id)).map(toNotification);
  }
}

async function loadPartner(loaders: Loaders, id: string) {
  const partner = await loaders.partners.load(id);
  return partner && toPartner(partner);
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
    requestId: requestId == null ? undefined : normalRequestId(requestId),
    billingAccountId: billingAccountId == null ? undefined : (keyOf("BillingAccount", billingAccountId) ?? nobody),
    statuses: filter.status ?? undefined,
    newPartnerPcn: newPartnerPcn == null ? undefined : (normalizePcn(newPartnerPcn) ?? ""),
    direction: filter.direction ?? undefined,
    overdue: filter.overdue ?? undefined,
    submittedFrom: filter.submittedFrom ?? undefined,
    submittedBefore: filter.submittedBefore ?? undefined,
    search: filter.search ?? undefined,
  };
}
