import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import { utcDate } from "../domain/dates";
import { maySeeAgreement, maySeePartnerOfRecord } from "../domain/permissions";
import { BillingAccountConnection, ConnectionArgs } from "../schema/connections";
import { BillingAccount } from "../schema/directory";
import { BillingAccountFilter } from "../schema/filters";
import { fieldArgs, queryArgs, queryFields } from "../schema/rootFields";
import { LocalDate } from "../schema/scalars";
import { customerOf, listAccounts, partnerOfRecordOf, type AccountListPage } from "../services/directory/readAccounts";
import { visibleOrderingPartner } from "../services/directory/readOrderingPartner";
import { ConnectionView } from "./views/connectionViews";
import { toAccount, toCustomer, toEligibility, toPartner, type AccountView } from "./views/directoryViews";
import { toRecord } from "./views/recordViews";
import type { RequestContext } from "./requestContext";

@Resolver(() => BillingAccount)
export class AccountResolver {
  @Query(() => BillingAccountConnection, queryFields.billingAccounts)
  async billingAccounts(
    @Ctx() { services, viewer }: RequestContext,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Arg("filter", () => BillingAccountFilter, queryArgs.billingAccounts.filter) filter?: BillingAccountFilter | null,
  ) {
    const { eligible, search } = filter ?? {};
    const page = await listAccounts(
      services,
      viewer,
      { eligible: eligible ?? undefined, search: search ?? undefined },
      args,
    );
    return new ConnectionView(page, toAccount);
  }

  @FieldResolver()
  async customer(@Root() parent: AccountView, @Ctx() { loaders }: RequestContext) {
    const { account } = await parent.whole(loaders);
    return toCustomer(customerOf(account));
  }

  @FieldResolver()
  async agreement(@Root() parent: AccountView, @Ctx() { viewer, loaders }: RequestContext) {
    const { account, asOf } = await parent.whole(loaders);
    if (!maySeeAgreement(account, viewer)) return null;
    const { program, agreementStatus, channel, startDate, endDate, anniversaryDate } = account;
    const ended = agreementStatus === "ACTIVE" && endDate < utcDate(asOf);
    return { program, status: ended ? "EXPIRED" : agreementStatus, channel, startDate, endDate, anniversaryDate };
  }

  @FieldResolver()
  async partnerOfRecord(@Root() parent: AccountView, @Ctx() { viewer, loaders }: RequestContext) {
    const { account } = await parent.whole(loaders);
    return maySeePartnerOfRecord(account, viewer) ? toPartner(partnerOfRecordOf(account)) : null;
  }

  @FieldResolver()
  async orderingPartner(
    @Root() parent: AccountView,
    @Ctx() { viewer, loaders }: RequestContext,
    @Arg("on", () => LocalDate, fieldArgs.orderingPartner.on) on?: string | null,
  ) {
    const [visible, history] = await Promise.all([parent.whole(loaders), loaders.partnerHistories.load(parent.key)]);
    const partnerId = visibleOrderingPartner(visible, history, viewer, on ?? null);
    const partner = partnerId === null ? null : await loaders.partners.load(partnerId);
    return partner && toPartner(partner);
  }

  @FieldResolver()
  async cocpEligibility(@Root() parent: AccountView, @Ctx() { loaders }: RequestContext) {
    return toEligibility(await parent.whole(loaders));
  }

  @FieldResolver()
  async openCocpRecord(@Root() parent: AccountView, @Ctx() { loaders }: RequestContext) {
    const { account } = await parent.whole(loaders);
    const record = account.openRecordId === null ? null : await loaders.records.load(account.openRecordId);
    return record && toRecord(record);
  }
}

@Resolver(() => BillingAccountConnection)
export class AccountConnectionResolver {
  @FieldResolver()
  totalCount(@Root() { page }: { page: AccountListPage }) {
    return page.totalCount();
  }
}
