import { createClient } from "graphql-sse";
import { openRawSocket, type RawSocket, type SocketMessage } from "../../support/network/rawSocket";
import type { TestApi } from "../../support/api/testApi";
import type { FeedClient } from "../../support/api/watchFeed";

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

/** A question, or the JSON of what is sent in its place. */
export type Asked = Question | string;
const jsonOf = (asked: Asked) => (typeof asked === "string" ? asked : JSON.stringify(asked));

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

/** A way in that a person keeps open, for one question after the other. */
export interface Line {
  ask(asked: Asked): Promise<Told>;
  close(): void;
}

export interface Transport {
  readonly name: "HTTP" | "WebSocket" | "event stream";
  readonly path: "/graphql" | "/graphql/stream";
  open(api: { readonly url: string }, token: string | null): Promise<Line>;
  ask(api: { readonly url: string }, token: string | null, asked: Asked): Promise<Told>;
}

export const overHttp = byPost("HTTP", "/graphql", "*/*");

/** The three ways in. What holds for an operation holds over each. */
export const transports: readonly Transport[] = [
  overHttp,
  {
    name: "WebSocket",
    path: "/graphql",
    open: openSocket,
    async ask(api, token, asked) {
      const line = await openSocket(api, token);
      return await line.ask(asked).finally(line.close);
    },
  },
  byPost("event stream", "/graphql/stream", "text/event-stream"),
];

/** The system suite runs the files of test/hostile once more, with every text over every transport. */
const isWhole = () => expect.getState().testPath?.includes("/test/system/") === true;

/** The part of many texts that the fast suite tries over a transport: each text over one of them. */
export function shareOf<Text>({ name }: Pick<Transport, "name">, texts: readonly Text[]): readonly Text[] {
  const own = transports.findIndex((transport) => transport.name === name);
  return isWhole() ? texts : texts.filter((_, index) => index % transports.length === own);
}

/** Those that are asked by requests. What holds for a request holds over each. */
export const requestTransports = transports.filter(({ name }) => name !== "WebSocket");

/** Those over which one may subscribe, by stock clients. */
export const feedTransports: readonly (Pick<Transport, "name"> & {
  connect(api: TestApi, email: string): FeedClient & { dispose(): void };
})[] = [
  { name: "WebSocket", connect: (api, email) => api.socket(email) },
  {
    name: "event stream",
    connect: (api, email) =>
      createClient({
        url: `${api.url}/graphql/stream`,
        retryAttempts: 0,
        headers: async () => ({ authorization: `Bearer ${await api.tokenFor(email)}` }),
      }),
  },
];

function byPost(name: Transport["name"], path: Transport["path"], accept: string): Transport {
  const ask: Transport["ask"] = (api, token, asked) => post(`${api.url}${path}`, accept, token, asked);
  const open: Transport["open"] = async (api, token) => ({
    ask: (asked) => ask(api, token, asked),
    close: () => {},
  });
  return { name, path, open, ask };
}

async function post(url: string, accept: string, token: string | null, asked: Asked): Promise<Told> {
  const headers: Record<string, string> = { "content-type": "application/json", accept };
  if (token !== null) headers["authorization"] = `Bearer ${token}`;
  const response = await fetch(url, { method: "POST", headers, body: jsonOf(asked) });
  const text = await response.text();
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  const json = isStream ? (/^event: next\ndata: (.*)$/m.exec(text)?.[1] ?? "{}") : text || "{}";
  return toldOf(JSON.parse(json), { status: response.status, closed: null });
}

async function openSocket(api: { readonly url: string }, token: string | null): Promise<Line> {
  const socket = await openRawSocket(api.url, token === null ? {} : { authorization: `Bearer ${token}` });
  const next = nextOf(socket);
  const welcome = await next(["connection_ack"]);
  let count = 0;
  return {
    async ask(asked) {
      if (typeof welcome === "number") return toldOf({}, { status: null, closed: welcome });
      const id = String((count += 1));
      socket.send(`{"type":"subscribe","id":"${id}","payload":${jsonOf(asked)}}`);
      const answer = await next(["next", "error", "complete"], id);
      if (typeof answer === "number") return toldOf({}, { status: null, closed: answer });
      socket.send({ type: "ping", payload: { id } });
      const end = await next(["pong"], id);
      const payload: unknown = answer.type === "error" ? { errors: answer.payload } : answer.payload;
      return toldOf(payload ?? {}, { status: null, closed: typeof end === "number" ? end : null });
    },
    close: () => socket.close(),
  };
}

/**
 * Waits for a message of one of these types, a pong by its payload's id, or for the code that the socket is closed
 * with.
 */
export function nextOf(socket: RawSocket) {
  let closed: number | null = null;
  void socket.closed.then(([code]) => (closed = code));
  return async (types: readonly string[], id?: string): Promise<SocketMessage | number> => {
    for (;;) {
      const isMeant = (one: SocketMessage) => types.includes(one.type) && (one.id ?? one.payload?.id) === id;
      const told = socket.messages.find(isMeant) ?? closed;
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
