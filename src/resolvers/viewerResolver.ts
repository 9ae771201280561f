import { Ctx, FieldResolver, Query, Resolver } from "type-graphql";
import type { Viewer as DomainViewer, ViewerRole } from "../domain/model";
import { queryFields } from "../schema/rootFields";
import { Viewer } from "../schema/viewer";
import { toPartner } from "./views/directoryViews";
import type { RequestContext } from "./requestContext";

@Resolver(() => Viewer)
export class ViewerResolver {
  @Query(() => Viewer, queryFields.viewer)
  viewer(@Ctx() { viewer }: RequestContext) {
    return {
      email: viewer.email,
      displayName: viewer.displayName,
      roles: rolesOf(viewer),
      canRespondToCocp: viewer.partner?.canRespond ?? false,
    };
  }

  @FieldResolver()
  async partner(@Ctx() { viewer, loaders }: RequestContext) {
    const partner = viewer.partner === null ? null : await loaders.partners.load(viewer.partner.id);
    return partner && toPartner(partner);
  }
}

function rolesOf(viewer: DomainViewer): ViewerRole[] {
  return [
    ...(viewer.isEnterpriseAdmin ? ["ENTERPRISE_ADMIN" as const] : []),
    ...(viewer.partner !== null ? ["PARTNER_USER" as const] : []),
    ...(viewer.isOperations ? ["OPERATIONS" as const] : []),
  ];
}
