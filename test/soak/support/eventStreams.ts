import { createClient } from "graphql-sse";
import type { Installation } from "./installation";
import type { SeenEvent, Watcher } from "./subscribers";

/** A dashboard over an event stream: the stock client, which resumes by the last cursor that it has seen. */
export interface EventStream extends Watcher {
  /** How often it connected. */
  connections(): number;
}

/** Watches as `watch` does, over an event stream. */
export function watchStream(
  { servers, tokenFor }: Pick<Installation, "servers" | "tokenFor">,
  email: string,
  node: number,
  start: string,
  selection = "id cursor",
): EventStream {
  const events: SeenEvent[] = [];
  const ended: unknown[] = [];
  let attempts = node;
  let connections = 0;
  let isStopped = false;
  const client = createClient({
    url: () => `${servers[attempts++ % servers.length]?.url}/graphql/stream`,
    retryAttempts: Number.MAX_SAFE_INTEGER,
    retry: () => new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 200)),
    headers: async () => ({ authorization: `Bearer ${await tokenFor(email)}` }),
  });
  const end = (cause: unknown) => void (isStopped || ended.push(cause));
  const payload = {
    query: `subscription ($after: String) { cocpEvents(after: $after) { ${selection} } }`,
    get variables() {
      return { after: events.at(-1)?.cursor ?? start };
    },
  };
  client.subscribe<{ cocpEvents: SeenEvent }>(
    payload,
    {
      next({ data, errors }) {
        if (data) events.push(data.cocpEvents);
        if (errors !== undefined) end(errors);
      },
      error: end,
      complete: () => end("completed"),
    },
    { connected: () => void (connections += 1) },
  );
  return {
    email,
    events,
    ended,
    connections: () => connections,
    async stop() {
      isStopped = true;
      client.dispose();
    },
  };
}
