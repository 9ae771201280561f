import type { GraphiQLProps } from "graphiql";
import { getOperationAST, OperationTypeNode, parse, type ExecutionResult, type OperationDefinitionNode } from "graphql";
import { createClient, type Client, type SubscribePayload } from "graphql-ws";
import type { Identity } from "./identity";

type Fetcher = GraphiQLProps["fetcher"];
/** What GraphiQL sends. */
type Operation = Parameters<Fetcher>[0];
type Observable = Extract<ReturnType<Fetcher>, { subscribe: unknown }>;
/** What GraphiQL, for its part, passes to `Observable.subscribe`. */
interface Observer {
  next(shown: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

const expiredToken = 4403;
const reconnectAfterMs = 1000;
const eventsShown = 50;

/** Sends GraphiQL's operations to /graphql as `identity`: subscriptions over a socket, everything else by POST. */
export function createFetcher(identity: Identity | null): { fetcher: Fetcher; dispose(): void } {
  const client = createSocketClient(identity);
  const fetcher: Fetcher = (sent) => {
    const definition = definitionIn(sent);
    const operation = { ...sent, operationName: definition?.name?.value };
    return definition?.operation === OperationTypeNode.SUBSCRIPTION
      ? watch(client, operation)
      : post(identity, operation);
  };
  return { fetcher, dispose: () => void client.dispose() };
}

/**
 * The operation to run, null when the server should say what is wrong. What GraphiQL itself knows of the operation
 * lags behind: right after a change of tabs it still names the earlier tab's.
 */
function definitionIn({ query, operationName }: Operation): OperationDefinitionNode | null {
  try {
    const document = parse(query);
    return getOperationAST(document, operationName) ?? getOperationAST(document) ?? null;
  } catch {
    return null;
  }
}

async function post(identity: Identity | null, operation: Operation): Promise<ExecutionResult> {
  const send = async () =>
    fetch("./graphql", {
      method: "POST",
      headers: {
        accept: "application/graphql-response+json, application/json",
        "content-type": "application/json",
        ...(identity && { authorization: `Bearer ${await identity.token()}` }),
      },
      body: JSON.stringify(operation),
    });
  let response = await send();
  if (response.status === 401 && identity?.refused()) response = await send();
  return response.json();
}

function createSocketClient(identity: Identity | null): Client {
  return createClient({
    url: new URL("graphql", location.href).href.replace(/^http/, "ws"),
    connectionParams: async () => (identity ? { authorization: `Bearer ${await identity.token()}` } : {}),
    retryAttempts: Infinity,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, reconnectAfterMs)),
    on: {
      closed: (event) => {
        if (event instanceof CloseEvent && event.code === expiredToken) identity?.refused();
      },
    },
  });
}

/** An observable of the events so far, newest first: of events that come together, each would hide the one before. */
function watch(client: Client, operation: Operation): Observable {
  const subscribe = (observer: Observer) => {
    const variables = { ...operation.variables };
    const payload: SubscribePayload = { ...operation, variables };
    const events: unknown[] = [];
    const unsubscribe = client.subscribe<{ cocpEvents?: { cursor?: string } }>(payload, {
      next(result) {
        // The client sends the payload anew when it reconnects: the feed then goes on where it stopped.
        const cursor = result.data?.cocpEvents?.cursor;
        if (cursor) variables.after = cursor;
        events.unshift(result);
        events.length = Math.min(events.length, eventsShown);
        observer.next({ newestFirst: events });
      },
      error: (error) => observer.error(readableError(error)),
      complete: () => observer.complete(),
    });
    return { unsubscribe };
  };
  return { subscribe: subscribe as Observable["subscribe"] };
}

function readableError(error: unknown): unknown {
  return error instanceof CloseEvent
    ? new Error(`The server closed the connection: ${error.code} ${error.reason}`.trim())
    : error;
}
