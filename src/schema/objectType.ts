import { ObjectType as TypeGraphqlObjectType, type ObjectTypeOptions } from "type-graphql";

/**
 * type-graphql's decorator for an object type whose fields are the properties of its parent, read by the executor
 * itself. A field that takes work has a field resolver in `resolvers/`: functions and promises among the properties
 * are not called or waited for.
 */
export function ObjectType(options: ObjectTypeOptions): ClassDecorator {
  return TypeGraphqlObjectType({ ...options, simpleResolvers: true });
}
