import { GraphQLError, type ASTVisitor, type ValidationContext } from "graphql";
import { isStorable } from "../domain/text";

/**
 * What every operation is held to, whatever the transport: shared by HTTP (where Apollo Server applies it) and WebSocket.
 */

/** Bounds the work of parsing. */
export const parseOptions = { maxTokens: 4_000 };

/** Validation rules besides those of the specification. */
export const validationRules = [noUnstorableText];

const unstorable = "The text holds a NUL character or half of a surrogate pair, which can't be stored: remove it.";

/** Refuses texts in the document that PostgreSQL could not hold as they are. */
function noUnstorableText(context: ValidationContext): ASTVisitor {
  return {
    StringValue(node) {
      if (!isStorable(node.value)) {
        context.reportError(new GraphQLError(unstorable, { nodes: node }));
      }
    },
  };
}

/** The same for variables. Throws a GraphQLError with the path of the first such text. */
export function checkVariables(variables: Readonly<Record<string, unknown>> | null | undefined): void {
  const field = unstorablePath(variables ?? {}, []);
  if (field !== null) {
    throw new GraphQLError(unstorable, { extensions: { code: "BAD_USER_INPUT", field, http: { status: 400 } } });
  }
}

function unstorablePath(value: unknown, path: string[]): string[] | null {
  if (typeof value === "string") return isStorable(value) ? null : path;
  if (typeof value !== "object" || value === null) return null;
  for (const [key, item] of Object.entries(value)) {
    const found = unstorablePath(item, [...path, key]);
    if (found !== null) return found;
  }
  return null;
}
