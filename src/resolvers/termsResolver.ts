import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { TermsFormSection } from "../domain/terms";
import { TermsSection } from "../schema/terms";
import { toAccount } from "./views/directoryViews";
import type { RequestContext } from "./requestContext";

@Resolver(() => TermsSection)
export class TermsSectionResolver {
  @FieldResolver()
  async billingAccounts(@Root() { billingAccountIds }: TermsFormSection, @Ctx() { loaders }: RequestContext) {
    const accounts = await Promise.all(billingAccountIds.map((id) => loaders.accounts.load(id)));
    return accounts.flatMap((account) => (account === null ? [] : [toAccount(account)]));
  }
}
