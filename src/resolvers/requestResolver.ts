import { Arg, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import { hasForm } from "../domain/actions";
import { fieldAccess, mayRead } from "../domain/fieldAccess";
import { portalPage } from "../domain/portals";
import { signedTerms } from "../domain/terms";
import { CocpForm } from "../schema/recordParts";
import { CocpRequest } from "../schema/records";
import { queryArgs, queryFields } from "../schema/rootFields";
import { formFileName } from "../services/forms/readForm";
import { requestIdKey } from "../domain/keys";
import { toCustomer } from "./views/directoryViews";
import { toRecord, toRequest, type RequestView } from "./views/recordViews";
import type { RequestContext } from "./requestContext";

@Resolver(() => CocpRequest)
export class RequestResolver {
  @Query(() => CocpRequest, queryFields.cocpRequest)
  async cocpRequest(
    @Ctx() { loaders }: RequestContext,
    @Arg("requestId", () => String, queryArgs.cocpRequest.requestId) requestId: string,
  ) {
    const request = await loaders.requests.load(requestIdKey(requestId));
    return request && toRequest(request);
  }

  @FieldResolver()
  async customer(@Root() parent: RequestView, @Ctx() { loaders }: RequestContext) {
    const visible = await parent.whole(loaders);
    const customer = await loaders.customers.load(visible.customerId);
    return customer && toCustomer(customer);
  }

  @FieldResolver()
  async records(@Root() parent: RequestView, @Ctx() { loaders }: RequestContext) {
    return (await parent.whole(loaders)).records.map(toRecord);
  }

  @FieldResolver()
  async signature(@Root() parent: RequestView, @Ctx() { loaders }: RequestContext) {
    const visible = await parent.whole(loaders);
    const permitted = visible.records.some(({ actor }) => mayRead(fieldAccess.CocpRequest.signature, actor.parties));
    return permitted ? await loaders.signatures.load(visible.requestId) : null;
  }

  @FieldResolver()
  async terms(@Root() parent: RequestView, @Ctx() { loaders }: RequestContext) {
    const visible = await parent.whole(loaders);
    const signed = await Promise.all(
      visible.records.map(async ({ record: { id, billingAccountId } }) => {
        const channel = await loaders.signedChannels.load(id);
        return channel === null ? [] : [{ id: billingAccountId, channel }];
      }),
    );
    const signature = await loaders.signatures.load(visible.requestId);
    if (signature === null) throw new Error("Every request is signed");
    return signedTerms(signed.flat(), signature.termsVersion);
  }

  @FieldResolver()
  async partnerLink(@Root() parent: RequestView, @Ctx() { services, loaders }: RequestContext) {
    const { requestId, records } = await parent.whole(loaders);
    const permitted = records.some(({ actor }) => mayRead(fieldAccess.CocpRequest.partnerLink, actor.parties));
    return permitted ? portalPage(services.portals.partner, requestId) : null;
  }

  @FieldResolver()
  async form(@Root() parent: RequestView, @Ctx() { viewer, formLinks, loaders }: RequestContext) {
    const { requestId, records } = await parent.whole(loaders);
    if (!records.some(({ record, actor }) => hasForm(record, actor.parties))) return null;
    return { requestId, fileName: formFileName(requestId), ...(await formLinks.issue(viewer, requestId)) };
  }
}

@Resolver(() => CocpForm)
export class FormResolver {
  /** The file is made only when its digest is asked for. */
  @FieldResolver()
  sha256(@Root() { requestId }: { requestId: string }, @Ctx() { loaders }: RequestContext) {
    return loaders.formDigests.load(requestId);
  }
}
