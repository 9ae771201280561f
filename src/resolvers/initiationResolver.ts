import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { isNotified } from "../domain/partnerChecks";
import type { AssessedChange, PartnerChange } from "../domain/initiation";
import { InitiateCocpInput, PartnerChangeInput } from "../schema/inputs";
import { CocpPreview, CocpPreviewItem, InitiateCocpPayload } from "../schema/payloads";
import { mutationArgs, mutationFields, queryArgs, queryFields } from "../schema/rootFields";
import { initiateCocp } from "../services/requests/initiateCocp";
import { previewCocp } from "../services/requests/previewCocp";
import { globalIdKey } from "./globalId";
import { toAccount, toPartner } from "./views/directoryViews";
import { toRequest } from "./views/recordViews";
import type { RequestContext } from "./requestContext";

@Resolver()
export class InitiationResolver {
  @Query(() => CocpPreview, queryFields.previewCocp)
  async previewCocp(
    @Ctx() { services, viewer }: RequestContext,
    @Arg("changes", () => [PartnerChangeInput], queryArgs.previewCocp.changes) changes: PartnerChangeInput[],
  ) {
    const { items, terms, schedule, errors, warnings } = await previewCocp(services, viewer, changes.map(toChange));
    return { items, terms, ...schedule, userErrors: errors, warnings };
  }

  @Mutation(() => InitiateCocpPayload, mutationFields.initiateCocp)
  async initiateCocp(
    @Ctx() { services, viewer, loaders }: RequestContext,
    @Arg("input", () => InitiateCocpInput, mutationArgs.initiateCocp.input) input: InitiateCocpInput,
  ) {
    const { changes, signature, idempotencyKey } = input;
    const initiation = { changes: changes.map(toChange), signature, idempotencyKey: idempotencyKey ?? null };
    const { requestId, ...outcome } = await initiateCocp(services, viewer, initiation);
    const request = requestId === null ? null : await loaders.requests.load(requestId);
    return { ...outcome, request: request && toRequest(request) };
  }
}

@Resolver(() => CocpPreviewItem)
export class PreviewItemResolver {
  @FieldResolver()
  async billingAccount(@Root() { account }: AssessedChange, @Ctx() { loaders }: RequestContext) {
    const visible = account && (await loaders.accounts.load(account.id));
    return visible && toAccount(visible);
  }

  @FieldResolver()
  eligibility(@Root() { account, reasons }: AssessedChange) {
    return account && { eligible: reasons.length === 0, reasons };
  }

  @FieldResolver()
  newPartner(@Root() { partner }: AssessedChange) {
    return partner && toPartner(partner);
  }

  @FieldResolver()
  notificationWillBeSent(@Root() { contactVerification }: AssessedChange) {
    return contactVerification !== null && isNotified(contactVerification);
  }
}

function toChange({ billingAccountId, ...change }: PartnerChangeInput): PartnerChange {
  return { ...change, billingAccountId: globalIdKey("BillingAccount", billingAccountId) };
}
