import { connect } from "node:net";
import { refusedQuestions, page, times } from "../../hostile/support/documents";
import type { Tokens } from "./attacks";

/** Questions that are dear, each a little different each time: nobody has seen them before. */
const questions = [
  ...refusedQuestions.map(([, question]) => question),
  { query: page("id status billingAccount { accountNumber displayName } newPartner { pcn } oldPartner { pcn }") },
  { query: `{ ${times(15, (i) => `a${i}: cocpRecords(first: 5) { nodes { id status } }`)} }` },
];

/** One connection that asks again as soon as it is answered, and connects again when it is cut. */
export function askAgainAndAgain(
  url: string,
  address: string,
  { good, bad }: Tokens,
  { seed, answered, isOver }: { seed: number; answered(status: string): void; isOver(): boolean },
): void {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let turn = seed;
  let heard = "";
  const ask = () => {
    if (isOver()) return void socket.destroy();
    turn += 1;
    const question = questions[turn % questions.length];
    const token = [good[turn % good.length], undefined, `${bad}${turn}`][turn % 3];
    const body = JSON.stringify({ ...question, query: `${question?.query} # ${seed} ${turn}` });
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${address}\r\nContent-Type: application/json\r\n` +
        (token === undefined ? "" : `Authorization: Bearer ${token}\r\n`) +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  };
  socket.on("error", () => {});
  socket.once("connect", ask);
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => {
    heard += chunk;
    const end = heard.indexOf("\r\n\r\n");
    const length = Number(/content-length: (\d+)/i.exec(heard)?.[1] ?? 0);
    if (end === -1 || heard.length < end + 4 + length) return;
    answered(heard.slice(9, 12));
    heard = "";
    ask();
  });
  socket.once("close", () => {
    if (isOver()) return;
    answered("cut");
    setImmediate(askAgainAndAgain, url, address, { good, bad }, { seed: turn, answered, isOver });
  });
}
