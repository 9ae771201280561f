import type { ExecutionResult } from "graphql";
import { waitFor } from "../waitFor";

/** What stock clients of sockets and of event streams have in common. */
export interface FeedClient {
  subscribe<Data>(
    payload: { readonly query: string; readonly variables: Record<string, unknown> },
    sink: {
      next(told: ExecutionResult<Data>): void;
      error(cause: unknown): void;
      complete(): void;
    },
  ): () => void;
}

export interface FeedEvent {
  readonly id: string;
  readonly cursor: string;
  readonly type: string;
  readonly requestId: string;
}

export interface FeedOptions {
  readonly after?: string | null;
  readonly filter?: object;
}

/** A subscription to cocpEvents, and what came of it so far. */
export interface FeedWatch {
  readonly events: readonly FeedEvent[];
  readonly types: () => string[];
  /** Waits until there are so many events. */
  until(count: number, timeoutMs?: number): Promise<readonly FeedEvent[]>;
  /** What the subscription ended with: an error, or null when the server completed it. */
  readonly ended: Promise<unknown>;
  stop(): void;
}

export const feedQuery = `subscription ($filter: CocpEventFilter, $after: String) {
  cocpEvents(filter: $filter, after: $after) { id cursor type requestId } }`;

/**
 * Subscribes by a stock client, which reconnects by itself; after a reconnection it goes on from the last cursor
 * seen.
 */
export function watchFeed(client: FeedClient, { after, filter }: FeedOptions = {}): FeedWatch {
  const events: FeedEvent[] = [];
  const variables: Record<string, unknown> = { ...(after !== undefined && { after }), ...(filter && { filter }) };
  const payload = { query: feedQuery, variables };
  let stop = () => {};
  const ended = new Promise<unknown>((resolve) => {
    stop = client.subscribe<{ cocpEvents: FeedEvent }>(payload, {
      next({ data, errors }) {
        if (errors !== undefined || !data) return resolve(errors);
        events.push(data.cocpEvents);
        variables["after"] = data.cocpEvents.cursor; // the payload is sent again after a reconnection
      },
      error: resolve,
      complete: () => resolve(null),
    });
  });
  const seen = () => events.map(({ type, requestId }) => `${type} ${requestId}`).join(", ");
  return {
    events,
    types: () => events.map(({ type }) => type),
    ended,
    stop,
    until: (count, timeoutMs) =>
      waitFor(`${count} events`, async () => events.length >= count && events, timeoutMs).catch((error: unknown) => {
        throw new Error(`Of ${count} events there came only: ${seen()}`, { cause: error });
      }),
  };
}
