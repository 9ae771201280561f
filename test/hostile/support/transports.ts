import { openRawSocket, type RawSocket, type SocketMessage } from "../../support/rawSocket";

export interface Question {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  readonly extensions?: Record<string, unknown>;
  readonly documentId?: string;
}

interface ToldError {
  readonly message: string;
  readonly path?: unknown;
  readonly extensions: Record<string, unknown>;
}

/** What a question over a transport came to. */
export interface Told {
  /** Of the HTTP answer; null over a WebSocket. */
  readonly status: number | null;
  /** The code that a WebSocket was closed with; null when it still answers. */
  readonly closed: number | null;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into freely
  readonly data: any;
  readonly errors: readonly ToldError[];
  readonly codes: readonly unknown[];
  readonly text: string;
}

export interface Transport {
  readonly name: "HTTP" | "WebSocket" | "event stream";
  ask(api: { readonly url: string }, token: string | null, question: Question): Promise<Told>;
}

/** The three ways in. What holds for an operation holds over each. */
export const transports: readonly Transport[] = [
  { name: "HTTP", ask: (api, token, question) => post(`${api.url}/graphql`, "*/*", token, question) },
  { name: "WebSocket", ask: askBySocket },
  {
    name: "event stream",
    ask: (api, token, question) => post(`${api.url}/graphql/stream`, "text/event-stream", token, question),
  },
];

async function post(url: string, accept: string, token: string | null, question: Question): Promise<Told> {
  const headers: Record<string, string> = { "content-type": "application/json", accept };
  if (token !== null) headers["authorization"] = `Bearer ${token}`;
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(question) });
  const text = await response.text();
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  const json = isStream ? (/^event: next\ndata: (.*)$/m.exec(text)?.[1] ?? "{}") : text || "{}";
  return toldOf(JSON.parse(json), { status: response.status, closed: null });
}

async function askBySocket(api: { readonly url: string }, token: string | null, question: Question): Promise<Told> {
  const socket = await openRawSocket(api.url, token === null ? {} : { authorization: `Bearer ${token}` });
  const next = nextOf(socket);
  try {
    const welcome = await next(["connection_ack"]);
    if (typeof welcome === "number") return toldOf({}, { status: null, closed: welcome });
    socket.send({ type: "subscribe", id: "1", payload: question });
    const answer = await next(["next", "error", "complete"], "1");
    if (typeof answer === "number") return toldOf({}, { status: null, closed: answer });
    socket.send({ type: "ping" });
    const end = await next(["pong"]);
    const payload: unknown = answer.type === "error" ? { errors: answer.payload } : answer.payload;
    return toldOf(payload ?? {}, { status: null, closed: typeof end === "number" ? end : null });
  } finally {
    socket.close();
  }
}

/** Waits for a message of one of these types, or for the code that the socket is closed with. */
export function nextOf(socket: RawSocket) {
  let closed: number | null = null;
  void socket.closed.then(([code]) => (closed = code));
  return async (types: readonly string[], id?: string): Promise<SocketMessage | number> => {
    for (;;) {
      const told = socket.messages.find((one) => types.includes(one.type) && one.id === id) ?? closed;
      if (told !== null) return told;
      await socket.more();
    }
  };
}

function toldOf(answer: unknown, how: Pick<Told, "status" | "closed">): Told {
  const { data = null, errors = [] } = answer as Pick<Told, "data"> & { errors?: ToldError[] };
  const codes = errors.map(({ extensions }) => extensions?.["code"]);
  return { ...how, data, errors, codes, text: JSON.stringify(answer) };
}
