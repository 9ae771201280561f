import { setPriority } from "node:os";
import { addressOf } from "./addresses";
import { attacks, type Attack, type Tokens } from "./attacks";
import { openPeer } from "./peer";
import { askAgainAndAgain } from "./requests";

/** What the process is to do. */
export interface Flood {
  readonly url: string;
  readonly tokens: Tokens;
  readonly sockets: number;
  /** Connections that ask over HTTP. */
  readonly askers: number;
}

/** How often each attack ended in each way, by its name. */
export type Outcomes = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Sockets of one address, and connections that ask. */
const socketsOfAddress = 5;
const askersOfAddress = 4;

const outcomes: Record<string, Record<string, number>> = {};
let isOver = false;

function count(name: string, how: string): void {
  const counts = (outcomes[name] ??= {});
  counts[how] = (counts[how] ?? 0) + 1;
}

function attack(name: string, act: Attack, index: number, flood: Flood): void {
  const { url, tokens } = flood;
  const address = addressOf(1, Math.floor(index / socketsOfAddress));
  const peer = openPeer(url, address, (how) => {
    if (isOver) return;
    count(name, how);
    setImmediate(attack, name, act, index, flood);
  });
  void act(peer, tokens.good[index % tokens.good.length] ?? "", tokens.bad);
}

function start(flood: Flood): void {
  const all = Object.entries(attacks);
  for (let index = 0; index < flood.sockets; index += 1) {
    const [name, act] = all[index % all.length] ?? [];
    if (name !== undefined && act !== undefined) attack(name, act, index, flood);
  }
  for (let index = 0; index < flood.askers; index += 1) {
    const address = addressOf(2, Math.floor(index / askersOfAddress));
    const answered = (status: string) => count("asks over HTTP", status);
    askAgainAndAgain(flood.url, address, flood.tokens, { seed: index * 1_000_000, answered, isOver: () => isOver });
  }
}

setPriority(19); // what it leaves of a core that it shares with them is for the honest
process.on("message", (message: Flood | "report" | "stop") => {
  if (message === "report") return void process.send?.(outcomes);
  if (message !== "stop") return start(message);
  isOver = true;
  process.exit();
});
process.on("disconnect", () => process.exit()); // stays only while the test does
