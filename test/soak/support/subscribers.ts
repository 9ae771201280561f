import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { ask } from "./ask";
import type { Installation } from "./installation";

export interface SeenEvent {
  readonly id: string;
  readonly cursor: string;
  /** Where they were selected. */
  readonly type?: string;
  readonly requestId?: string;
}

/** A dashboard that resumes by the last cursor that it has seen. */
export interface Watcher {
  readonly email: string;
  readonly events: readonly SeenEvent[];
  /** What ended the subscription, which nothing may. */
  readonly ended: readonly unknown[];
  stop(): Promise<void>;
}

/** A dashboard over a socket: the stock client. */
export interface Subscriber extends Watcher {
  /** When each of them came: milliseconds of the clock, with fractions. */
  readonly arrivals: readonly number[];
  /** How its connections were closed. */
  readonly closings: readonly number[];
  isConnected(): boolean;
  /** Cuts its connection off, if it has one. */
  cut(): boolean;
}

/** Watches as a person everything after a cursor: at one node, and after each loss of the connection at the next. */
export function watch(
  { servers, tokenFor }: Pick<Installation, "servers" | "tokenFor">,
  email: string,
  node: number,
  start: string,
  selection = "id cursor",
): Subscriber {
  const events: SeenEvent[] = [];
  const arrivals: number[] = [];
  const ended: unknown[] = [];
  const closings: number[] = [];
  let attempts = node;
  let socket: WebSocket | null = null;
  let isConnected = false;
  let isStopped = false;
  const client = createClient({
    url: () => `${servers[attempts++ % servers.length]?.url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: Number.MAX_SAFE_INTEGER,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 200)),
    shouldRetry: () => true,
    on: {
      opened: (opened) => (socket = opened as WebSocket),
      connected: () => (isConnected = true),
      closed(event) {
        isConnected = false;
        closings.push((event as CloseEvent).code);
      },
    },
    connectionParams: async () => ({ authorization: `Bearer ${await tokenFor(email)}` }),
  });
  const payload = {
    query: `subscription ($after: String) { cocpEvents(after: $after) { ${selection} } }`,
    get variables() {
      return { after: events.at(-1)?.cursor ?? start };
    },
  };
  const end = (cause: unknown) => {
    if (!isStopped) ended.push(cause);
  };
  client.subscribe<{ cocpEvents: SeenEvent }>(payload, {
    next: ({ data, errors }) => {
      if (data) {
        events.push(data.cocpEvents);
        arrivals.push(performance.timeOrigin + performance.now());
      }
      if (errors !== undefined) end(errors);
    },
    error: end,
    complete: () => end("completed"),
  });
  return {
    email,
    events,
    arrivals,
    ended,
    closings,
    isConnected: () => isConnected,
    cut() {
      const wasConnected = isConnected;
      if (wasConnected) socket?.terminate(); // client.terminate() would go on listening to the old socket beside the new one
      return wasConnected;
    },
    async stop() {
      isStopped = true;
      await client.dispose();
    },
  };
}

/** Where a person's feed stands. */
export async function feedCursorOf(installation: Installation, email: string): Promise<string> {
  return (await ask(installation, email, "{ cocpRecords { feedCursor } }")).cocpRecords.feedCursor;
}

/** A person's feed after a cursor, by the query. */
export async function readFeed(installation: Installation, email: string, start: string): Promise<SeenEvent[]> {
  const query = `query ($after: String) { cocpEvents(first: 100, after: $after) {
    edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }`;
  const events: SeenEvent[] = [];
  for (let after = start; ;) {
    const { edges, pageInfo } = (await ask(installation, email, query, { after })).cocpEvents;
    for (const { cursor, node } of edges) events.push({ id: node.id, cursor });
    if (!pageInfo.hasNextPage) return events;
    after = pageInfo.endCursor;
  }
}
