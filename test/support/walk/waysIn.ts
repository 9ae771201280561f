import { nextOf, transports, type Question, type Told } from "../../hostile/support/transports";
import { openRawSocket } from "../rawSocket";

/** A way in that is open for one person. */
export interface Open {
  ask(question: Question): Promise<Told>;
  close(): void;
}

export interface WayIn {
  readonly name: string;
  open(api: { readonly url: string }, token: string): Promise<Open>;
}

/** The three ways in: a WebSocket is opened once, and asked everything. */
export const waysIn: readonly WayIn[] = transports.map(({ name, ask }) => ({
  name,
  open: async (api, token) =>
    name === "WebSocket"
      ? await openSocket(api.url, token)
      : { ask: async (question) => await ask(api, token, question), close() {} },
}));

async function openSocket(url: string, token: string): Promise<Open> {
  const socket = await openRawSocket(url, { authorization: `Bearer ${token}` });
  const next = nextOf(socket);
  let asked = 0;
  await next(["connection_ack"]);
  return {
    async ask(payload) {
      asked += 1;
      const id = String(asked);
      socket.send({ type: "subscribe", id, payload });
      const told = await next(["next", "error"], id);
      if (typeof told === "number") throw new Error(`The socket is closed with ${told}`);
      const answer = told.type === "error" ? { data: null, errors: told.payload } : told.payload;
      const { data, errors = [] } = answer as Pick<Told, "data"> & { errors?: Told["errors"] };
      const codes = errors.map(({ extensions }) => extensions["code"]);
      return { status: null, closed: null, data, errors, codes, text: JSON.stringify(answer) };
    },
    close: () => socket.close(),
  };
}
