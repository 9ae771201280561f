import { Arg, Ctx, ID, Query, Resolver } from "type-graphql";
import { PartnerConfirmation } from "../schema/directory";
import { queryArgs, queryFields } from "../schema/rootFields";
import { confirmPartner } from "../services/directory/confirmPartner";
import { globalId, globalIdKey } from "./globalId";
import { toPartner } from "./views/directoryViews";
import type { RequestContext } from "./requestContext";

@Resolver()
export class PartnerResolver {
  @Query(() => PartnerConfirmation, queryFields.confirmPartner)
  async confirmPartner(
    @Ctx() { services, viewer }: RequestContext,
    @Arg("pcn", () => String, queryArgs.confirmPartner.pcn) pcn: string,
    @Arg("billingAccountIds", () => [ID], queryArgs.confirmPartner.billingAccountIds) billingAccountIds: string[],
  ) {
    const accountIds = billingAccountIds.map((id) => globalIdKey("BillingAccount", id));
    const { partner, problems } = await confirmPartner(services, viewer, pcn, accountIds);
    return {
      confirmed: problems.length === 0,
      partner: partner && toPartner(partner),
      problems: problems.map(({ billingAccountId, ...problem }) => ({
        ...problem,
        billingAccountId: billingAccountId && globalId("BillingAccount", billingAccountId),
      })),
    };
  }
}
