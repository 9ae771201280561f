import {
  defaultFieldResolver,
  GraphQLError,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
} from "graphql";
import type { Viewer } from "../domain/model";
import { accessRules, type AccessRule } from "./accessRules";

type ViewerOf = (context: unknown) => Viewer;
type RootField = GraphQLField<unknown, unknown>;

/**
 * Puts the access rules in front of every root field of the schema, before anything of the field runs; for a
 * subscription, when it begins and again for each event. Who is refused gets a GraphQLError with code FORBIDDEN and
 * the rule's sentence. Throws at once, naming each, when a root field has no rule or a rule has no root field.
 * Changes the schema given.
 */
export function applyAccessRules(schema: GraphQLSchema, viewerOf: ViewerOf): GraphQLSchema {
  const fields = rootFields(schema);
  const rules = new Map<string, AccessRule>(
    Object.entries<Record<string, AccessRule>>(accessRules).flatMap(([type, ruleOf]) =>
      Object.entries(ruleOf).map(([field, rule]) => [`${type}.${field}`, rule] as const),
    ),
  );
  const faults = [
    ...[...fields.keys()].filter((name) => !rules.has(name)).map((name) => `${name} has no access rule`),
    ...[...rules.keys()].filter((name) => !fields.has(name)).map((name) => `the rule for ${name} has no root field`),
  ];
  if (faults.length > 0) throw new Error(`The access rules do not fit the schema: ${faults.join("; ")}.`);
  for (const [name, field] of fields) {
    const rule = rules.get(name);
    if (rule !== undefined) guard(field, rule, viewerOf);
  }
  return schema;
}

function rootFields(schema: GraphQLSchema): Map<string, RootField> {
  const types = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return new Map<string, RootField>(
    types.flatMap((type) =>
      type ? Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field] as const) : [],
    ),
  );
}

function guard(field: RootField, rule: AccessRule, viewerOf: ViewerOf): void {
  const guarded =
    (resolve: GraphQLFieldResolver<unknown, unknown>): GraphQLFieldResolver<unknown, unknown> =>
    (source, args, context, info) => {
      if (!rule.allows(viewerOf(context))) {
        throw new GraphQLError(rule.refusal, { extensions: { code: "FORBIDDEN" } });
      }
      return resolve(source, args, context, info);
    };
  field.resolve = guarded(field.resolve ?? defaultFieldResolver);
  if (field.subscribe) field.subscribe = guarded(field.subscribe);
}
