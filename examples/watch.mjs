// Watches the feed with a stock graphql-ws client: node examples/watch.mjs EMAIL [URL] [CURSOR]
// Prints each event with its cursor. Stop it, and start it with the last cursor to miss nothing and see nothing twice.
// Signs in with the demo identities of `changeover dev`; elsewhere, give an access token of your own issuer as ACCESS_TOKEN.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [email, url = "http://127.0.0.1:4000", after] = process.argv.slice(2);
if (!email) {
  console.error("usage: node examples/watch.mjs EMAIL [URL] [CURSOR]");
  process.exit(2);
}

async function signIn() {
  if (process.env.ACCESS_TOKEN) return process.env.ACCESS_TOKEN;
  const response = await fetch(`${url}/dev/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email }),
  });
  const { accessToken, error } = await response.json();
  if (error) throw new Error(error);
  return accessToken;
}

/** Where the feed stands now: from there on nothing is missed, even if the connection breaks before the first event. */
async function feedCursor() {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${await signIn()}` },
    body: JSON.stringify({ query: "{ cocpRecords(first: 1) { feedCursor } }" }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return data.cocpRecords.feedCursor;
}

function giveUp(error) {
  const [first] = Array.isArray(error) ? error : [error];
  const silent = first.cause?.code === "ECONNREFUSED";
  console.error(
    silent ? `Nothing answers at ${url}: is Changeover running there?` : (first.message ?? first.reason ?? first),
  );
  process.exit(1);
}

let cursor = after ?? (await feedCursor().catch(giveUp));
const client = createClient({
  url: `${url.replace(/^http/, "ws")}/graphql`,
  webSocketImpl: WebSocket,
  connectionParams: async () => ({ authorization: `Bearer ${await signIn()}` }),
  shouldRetry: () => true,
  retryAttempts: Infinity,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 1_000)), // the client's own wait doubles without end
  on: {
    connected: () => console.log(`watching as ${email}, from ${cursor} on`),
    closed: (event) => console.log(`disconnected (${event.code ?? event}), trying again`),
  },
});

const query = `subscription Watch($after: String) {
  cocpEvents(after: $after) {
    cursor type occurredAt actor requestId status
    record { billingAccount { accountNumber displayName } }
  }
}`;

// The variables are read again at each reconnection, so that the feed goes on where it stopped.
const payload = {
  query,
  get variables() {
    return { after: cursor };
  },
};

client.subscribe(payload, {
  next({ data, errors }) {
    if (errors) return giveUp(errors);
    const { type, occurredAt, actor, requestId, record } = data.cocpEvents;
    cursor = data.cocpEvents.cursor;
    console.log(`${occurredAt}  ${requestId}  ${record.billingAccount.accountNumber}  ${type} by ${actor}  ${cursor}`);
  },
  error: giveUp,
  complete: () => process.exit(0),
});
