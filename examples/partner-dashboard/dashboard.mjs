// What the three dashboards have in common: the operations, the connection, and the list with its place in the feed.
// Runs in a browser as it stands; command lines are in commandLine.mjs.
import { createClient } from "graphql-ws";

const row = `fragment Row on CocpRecord {
  id
  status
  waitingOn
  effectiveDate
  availableActions
  request { requestId submittedAt }
  billingAccount { accountNumber displayName }
}`;

export const recordsQuery = `query Records($after: String) {
  cocpRecords(first: 100, after: $after) {
    feedCursor
    nodes { ...Row }
    pageInfo { hasNextPage endCursor }
  }
}
${row}`;

export const eventsSubscription = `subscription Events($cursor: String) {
  cocpEvents(after: $cursor) {
    id
    cursor
    type
    actor
    occurredAt
    record { ...Row }
  }
}
${row}`;

/**
 * A stock graphql-ws client that never gives up, save on what is final (4401: sign in again). At each attempt it asks
 * `token` for an access token, and fills the variable `cursor` of a subscription in with where the board stands then.
 * `log` is told when the connection comes and goes; `webSocketImpl` is for Node 20, which has no WebSocket of its own.
 */
export function connect({ url, token, webSocketImpl, log = () => {} }, board) {
  let patience;
  let socket;
  // terminate() goes on listening to the socket that it leaves: what that had held back would come again, beside the next one's.
  const leave = () => {
    if (socket) socket.onmessage = null;
    client.terminate();
  };
  const client = createClient({
    url: `${url.replace(/^http/, "ws")}/graphql`,
    webSocketImpl,
    async connectionParams() {
      try {
        return { authorization: `Bearer ${await token()}` };
      } catch (error) {
        log(`no token: ${explain(error)}`);
        leave(); // thrown on, it would close the socket by 4005, which is final if it comes late
      }
    },
    retryAttempts: Infinity,
    shouldRetry: () => true, // also when the first connection is refused
    retryWait, // the default doubles without an end: hours, after an outage of an hour
    lazyCloseTimeout: 5_000, // the page and the feed share a socket
    connectionAckWaitTimeout: 10_000,
    keepAlive: 10_000, // a network that went away says nothing: ask, and do not wait for the answer for ever
    on: {
      opened: (opened) => (socket = opened),
      ping(received) {
        if (!received) patience = setTimeout(leave, 5_000);
      },
      pong(received) {
        if (received) clearTimeout(patience);
      },
      connected: () => log("connected"),
      closed(event) {
        clearTimeout(patience);
        log(`closed: ${explain(event)}`);
      },
    },
  });
  // A query that is left from within its answer is counted out twice when its end is in the same packet; the client
  // then believes that nobody needs it, and does not reconnect. So it is left a moment later.
  const subscribe = (payload, sink) => {
    const unsubscribe = client.subscribe(resumable(payload, board), sink);
    return () => setTimeout(unsubscribe);
  };
  return { ...client, subscribe };
}

/** The payload is written out at each attempt anew, and with it the getter's value. */
function resumable({ variables, ...payload }, board) {
  if (variables === undefined || !("cursor" in variables)) return { ...payload, variables };
  return {
    ...payload,
    get variables() {
      return { ...variables, cursor: board.cursor };
    },
  };
}

/** Up to half a second before the first attempt, then up to 15; at random, so that not all dashboards come at once. */
async function retryWait(retries) {
  const longest = Math.min(500 * 2 ** retries, 15_000);
  await new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)));
}

/** What a client gives for an error, in words: GraphQL errors, an Error, or the event of a closed socket. */
export function explain(reason) {
  if (Array.isArray(reason)) return reason.map(({ message }) => message).join("\n");
  if (reason.networkError) return explain(reason.networkError); // urql's wrapping
  return reason.message ?? `${reason.code} ${reason.reason}`.trim();
}

/**
 * The list of records, and its place in the feed. `store` keeps the cursor of the last event dealt with: `load()` gives
 * it, or null at the very first start, and `save(cursor)` keeps it. `onOpen` is what the dashboard does with the list
 * once it is read, `onEvent` with an event; it may be asynchronous, and the next event waits for it.
 */
export class Board {
  /** The cursor of the last event that has come: the subscription goes on after it. */
  cursor = null;
  #records = new Map();
  #dealing = Promise.resolve();
  #store;
  #onOpen;
  #onEvent;

  constructor({ store, onOpen = () => {}, onEvent = async () => {} }) {
    this.#store = store;
    this.#onOpen = onOpen;
    this.#onEvent = onEvent;
  }

  /**
   * Reads the list, page by page. The feed goes on after the last event dealt with, if this dashboard has run before;
   * else from where it stood when the first page was read.
   */
  async open(readPage) {
    this.cursor = await this.#store.load();
    for (let after = null; ;) {
      const { feedCursor, nodes, pageInfo } = await readPage({ after });
      if (this.cursor === null) await this.#store.save((this.cursor = feedCursor));
      for (const record of nodes) this.#records.set(record.id, record);
      if (!pageInfo.hasNextPage) return this.#onOpen(this.records);
      after = pageInfo.endCursor;
    }
  }

  /**
   * Deals with the next event, after those before it. Rejects when it can't be dealt with, and so do all after it: the
   * stored cursor stays before it, and a new start begins with it.
   */
  receive(event) {
    this.cursor = event.cursor;
    this.#dealing = this.#dealing.then(() => this.#deal(event));
    return this.#dealing;
  }

  /** The row as it is now, put in place of the one before: an event that the page knows of already does no harm. */
  async #deal(event) {
    this.#records.set(event.record.id, event.record);
    await this.#onEvent(event);
    await this.#store.save(event.cursor);
  }

  /** Resolves when all that has come is dealt with. */
  async settled() {
    await this.#dealing;
  }

  /** The rows to draw, latest submission first. */
  get records() {
    return [...this.#records.values()].sort(
      (one, other) =>
        other.request.submittedAt.localeCompare(one.request.submittedAt) ||
        one.billingAccount.accountNumber.localeCompare(other.billingAccount.accountNumber),
    );
  }
}
