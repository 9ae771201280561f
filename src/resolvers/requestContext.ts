import type { Viewer } from "../domain/model";
import type { FeedReader } from "../services/feed/subscribe";
import type { FormLinks } from "../services/forms/formLinks";
import type { Payer } from "../services/rateLimits";
import type { ServiceContext } from "../services/serviceContext";
import { createLoaders, type Loaders } from "./loaders";

/**
 * The context of resolvers: the viewer and the services. One for each operation and for each event of a subscription.
 * A type alias, since graphql-sse requires an index signature.
 */
export type RequestContext = {
  readonly viewer: Viewer;
  readonly services: ServiceContext;
  readonly feed: FeedReader;
  readonly formLinks: FormLinks;
  /** Charges points for look-ups. */
  readonly payer: Payer;
  readonly loaders: Loaders;
  /** Clears the loaders, so that a mutation after another one in an operation reads its own changes. */
  forget(): void;
  /** Returns a context with the present rights of the person. Rejects when the token has expired. */
  refreshed(): Promise<RequestContext>;
  /** Returns a context for a viewer whose rights were just read. */
  as(viewer: Viewer): RequestContext;
};

/** Makes a context with empty loaders. */
export function createRequestContext(parts: Omit<RequestContext, "loaders" | "forget" | "as">): RequestContext {
  let made: Loaders | null = null;
  return {
    ...parts,
    /** Made on first use: the page of a dashboard needs no loader. */
    get loaders() {
      return (made ??= createLoaders(parts.services, parts.viewer));
    },
    forget() {
      for (const loader of Object.values(made ?? {})) loader.clearAll();
    },
    as: (viewer) => createRequestContext({ ...parts, viewer }),
  };
}
