import { defaultFieldResolver, type GraphQLSchema } from "graphql";
import { applyAccessRules } from "../schema/applyAccessRules";
import { buildChangeoverSchema } from "../schema/buildSchema";
import { AccountConnectionResolver, AccountResolver } from "./accountResolver";
import { EventResolver, FeedResolver } from "./eventResolver";
import { InitiationResolver, PreviewItemResolver } from "./initiationResolver";
import { NodeResolver } from "./nodeResolver";
import { PartnerResolver } from "./partnerResolver";
import { RecordMutations } from "./recordMutations";
import { RecordConnectionResolver, RecordResolver } from "./recordResolver";
import type { RequestContext } from "./requestContext";
import { FormResolver, RequestResolver } from "./requestResolver";
import { SandboxResolver } from "./sandboxResolver";
import { TermsSectionResolver } from "./termsResolver";
import { ViewerResolver } from "./viewerResolver";

/** The executable schema, its root fields behind the access rules. */
export function createSchema(): GraphQLSchema {
  const schema = buildChangeoverSchema([
    ViewerResolver,
    NodeResolver,
    AccountResolver,
    AccountConnectionResolver,
    PartnerResolver,
    InitiationResolver,
    PreviewItemResolver,
    RequestResolver,
    FormResolver,
    RecordResolver,
    RecordConnectionResolver,
    RecordMutations,
    TermsSectionResolver,
    EventResolver,
    FeedResolver,
    SandboxResolver,
  ]);
  forgetBeforeMutations(schema);
  return applyAccessRules(schema, (context) => (context as RequestContext).viewer);
}

/**
 * The mutations of one operation run one after the other, and none is answered from what was read for the one before.
 */
function forgetBeforeMutations(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const { resolve = defaultFieldResolver } = field;
    field.resolve = (source, args, context: RequestContext, info) => {
      context.forget();
      return resolve(source, args, context, info);
    };
  }
}
