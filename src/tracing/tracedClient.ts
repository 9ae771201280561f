import { DatabaseClient } from "../db/postgres/databaseClient";
import type { Tracing } from "./tracing";

/** Characters of a statement's text in a span. */
const maxText = 8_000;

/**
 * Connections to PostgreSQL whose statements are spans of the work that they are part of: their text, which has no
 * values in it, but no parameters. Statements outside of any traced work (polling) are not told of.
 */
export function createTracedClient(span: Tracing["span"], isTraced: () => boolean): typeof DatabaseClient {
  class TracedClient extends DatabaseClient {
    // As loose as pg's own: a text, a configuration or a stream, with or without values and a callback.
    override query(...args: readonly unknown[]): never {
      const run = () => Reflect.apply(super.query, this, args) as Promise<unknown>;
      const text = textOf(args[0]);
      if (text === null || typeof args.at(-1) === "function" || !isTraced()) return run() as never;
      const facts = { "db.system.name": "postgresql", "db.query.text": text.slice(0, maxText) };
      return span(nameOf(text), { kind: "client", facts }, run) as never;
    }
  }
  return TracedClient;
}

/** The text of a statement; null for what runs itself, such as a COPY stream. */
function textOf(statement: unknown): string | null {
  if (typeof statement === "string") return statement;
  if (typeof statement !== "object" || statement === null || "submit" in statement) return null;
  const text: unknown = Reflect.get(statement, "text");
  return typeof text === "string" ? text : null;
}

/** The verb of a statement: few, and enough to tell a COMMIT from a SELECT. */
function nameOf(text: string): string {
  return /^\s*([a-z]+)/i.exec(text)?.[1]?.toUpperCase() ?? "SQL";
}
