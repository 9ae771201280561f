import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root, Subscription } from "type-graphql";
import { fieldAccess, mayRead } from "../domain/fieldAccess";
import { CocpEventConnection, ForwardArgs } from "../schema/connections";
import { CocpEventFilter } from "../schema/filters";
import { CocpEvent } from "../schema/records";
import { queryArgs, queryFields, subscriptionArgs, subscriptionFields } from "../schema/rootFields";
import { readFeedPage } from "../services/feed/feedPage";
import type { Delivery } from "../services/feed/delivery";
import { requestIdKey } from "../domain/keys";
import { toEvent, type EventView } from "./views/historyViews";
import { ConnectionView } from "./views/connectionViews";
import { goneMeanwhile } from "./views/directoryViews";
import { toRecord } from "./views/recordViews";
import type { RequestContext } from "./requestContext";

@Resolver(() => CocpEvent)
export class EventResolver {
  @Query(() => CocpEventConnection, queryFields.cocpEvents)
  async cocpEvents(
    @Ctx() { services, viewer }: RequestContext,
    @Args(() => ForwardArgs) args: ForwardArgs,
    @Arg("filter", () => CocpEventFilter, queryArgs.cocpEvents.filter) filter?: CocpEventFilter | null,
  ) {
    return new ConnectionView(await readFeedPage(services, viewer, toFilter(filter), args), toEvent);
  }

  /**
   * Throws UnavailableError when the viewer lost its rights since the event was read, so that a subscriber
   * reconnects.
   */
  @FieldResolver()
  async record(@Root() { event }: EventView, @Ctx() { loaders }: RequestContext) {
    return toRecord((await loaders.records.load(event.recordId)) ?? goneMeanwhile());
  }

  @FieldResolver()
  async actorEmail(@Root() { event }: EventView, @Ctx() { loaders }: RequestContext) {
    const record = await loaders.records.load(event.recordId);
    return record && mayRead(fieldAccess.CocpEvent.actorEmail, record.actor.parties, event.actor)
      ? event.actorEmail
      : null;
  }

  @FieldResolver()
  async earlyCocpCaseNumber(@Root() { event }: EventView, @Ctx() { loaders }: RequestContext) {
    const { caseNumber } = event.facts;
    if (caseNumber === undefined) return null;
    const record = await loaders.records.load(event.recordId);
    return record && mayRead(fieldAccess.CocpEvent.earlyCocpCaseNumber, record.actor.parties) ? caseNumber : null;
  }

  @FieldResolver()
  async note(@Root() { event }: EventView, @Ctx() { loaders }: RequestContext) {
    const record = await loaders.records.load(event.recordId);
    return record && mayRead(fieldAccess.CocpEvent.note, record.actor.parties, event.type)
      ? (event.facts.note ?? null)
      : null;
  }
}

@Resolver()
export class FeedResolver {
  @Subscription(() => CocpEvent, {
    ...subscriptionFields.cocpEvents,
    subscribe: ({ args, context }) => subscribeToFeed(args, context),
  })
  cocpEvents(
    @Root() { event }: Delivery,
    @Arg("filter", () => CocpEventFilter, subscriptionArgs.cocpEvents.filter) _filter?: CocpEventFilter | null,
    @Arg("after", () => String, subscriptionArgs.cocpEvents.after) _after?: string | null,
  ) {
    return toEvent(event);
  }
}

interface FeedArgs {
  readonly filter?: CocpEventFilter | null;
  readonly after?: string | null;
}

async function subscribeToFeed({ filter, after }: FeedArgs, context: RequestContext) {
  return await context.feed.subscribe({
    database: context.services.dataSource,
    viewer: context.viewer,
    refreshedViewer: async () => (await context.refreshed()).viewer,
    filter: toFilter(filter),
    after: after ?? null,
  });
}

function toFilter(filter: CocpEventFilter | null | undefined) {
  return {
    requestId: filter?.requestId == null ? undefined : requestIdKey(filter.requestId),
    types: filter?.type ?? undefined,
    statuses: filter?.status ?? undefined,
    direction: filter?.direction ?? undefined,
  };
}
