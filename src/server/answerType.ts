import { LRUCache } from "lru-cache";
import Negotiator from "negotiator";
import { UnusableRequestError } from "./readBody";

/** What GraphQL over HTTP answers in: the first where the client does not care. */
const offered = ["application/json; charset=utf-8", "application/graphql-response+json; charset=utf-8"];

const known = new LRUCache<string, string>({ max: 100 });

/**
 * The media type of an answer, by what the client accepts. To be asked before anything runs: throws UnusableRequestError (406) for who
 * would not take the answer.
 */
export function answerType(accept: string | undefined): string {
  if (accept === undefined || accept === "") return offered[0] ?? "";
  const type = known.get(accept) ?? new Negotiator({ headers: { accept } }).mediaType(offered);
  if (type === undefined) {
    throw new UnusableRequestError(
      406,
      "Nothing was run: the answer is JSON. Send accept: application/graphql-response+json, application/json",
    );
  }
  known.set(accept, type);
  return type;
}
