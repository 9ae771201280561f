import type { ApolloServerOptions, BaseContext } from "@apollo/server";
import type { DocumentNode } from "graphql";
import { LRUCache } from "lru-cache";
import { maxKept, maxKeptWeight, weightOf } from "./operations";

type DocumentStore = NonNullable<ApolloServerOptions<BaseContext>["documentStore"]>;

/**
 * What Apollo Server keeps the documents in that it has found valid. Its own store does not count the text, which each document holds
 * on to: by comments of 90 kB it would grow to gigabytes.
 */
export function createKeptDocuments(): DocumentStore {
  const kept = new LRUCache<string, DocumentNode>({
    max: maxKept,
    maxSize: maxKeptWeight,
    sizeCalculation: weightOf,
  });
  return {
    get: async (key) => kept.get(key),
    set: async (key, document) => void kept.set(key, document),
    delete: async (key) => kept.delete(key),
  };
}
