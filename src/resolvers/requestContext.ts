import type { Viewer } from "../domain/model";
import type { FeedReader } from "../services/feed/subscribe";
import type { FormLinks } from "../services/forms/formLinks";
import type { Payer } from "../services/rateLimits";
import type { ServiceContext } from "../services/serviceContext";
import { createLoaders, type Loaders } from "./loaders";

/**
 * What resolvers get: who asks, and what answers. One for each operation, and one for each event of a subscription. A type,
 * since graphql-sse wants an index signature of a context.
 */
export type RequestContext = {
  readonly viewer: Viewer;
  readonly services: ServiceContext;
  readonly feed: FeedReader;
  readonly formLinks: FormLinks;
  /** Pays for what is asked. */
  readonly payer: Payer;
  readonly loaders: Loaders;
  /** Forgets what was loaded: a mutation that follows another in one operation shows what it changed itself. */
  forget(): void;
  /** The same for the person with the rights that it has now; fails when its token has run out. */
  refreshed(): Promise<RequestContext>;
  /** The same for a person whose rights were just looked up. */
  as(viewer: Viewer): RequestContext;
};

/** A context whose loaders have not loaded anything yet. */
export function createRequestContext(parts: Omit<RequestContext, "loaders" | "forget" | "as">): RequestContext {
  let made: Loaders | null = null;
  return {
    ...parts,
    /** Made when they are first asked for: the page of a dashboard needs none. */
    get loaders() {
      return (made ??= createLoaders(parts.services, parts.viewer));
    },
    forget() {
      for (const loader of Object.values(made ?? {})) loader.clearAll();
    },
    as: (viewer) => createRequestContext({ ...parts, viewer }),
  };
}
