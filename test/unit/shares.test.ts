import { setImmediate as nextTurn } from "node:timers/promises";
import { Shares, ShareTakenError } from "../../src/db/postgres/connectionQuotas";
import { isUnavailable } from "../../src/services/unavailable";

let waits = 0;
const sharesOf = (size: number, patience = 10_000) => new Shares({ size, patience, waits: () => (waits += 1) });
beforeEach(() => (waits = 0));

/** How many connections each of so many callers comes to hold when all take what they get. */
function greedy(shares: Shares, callers: number): number[] {
  const names = Array.from({ length: callers }, (_, index) => `caller ${index}`);
  const held = names.map(() => 0);
  for (let round = 0; round < 50; round += 1) {
    for (const [index, name] of names.entries()) {
      const turn = shares.take(name);
      if (turn === null) held[index] = (held[index] ?? 0) + 1;
      else turn.catch(() => undefined);
    }
  }
  return held;
}

test.each([
  [1, [7]],
  [2, [4, 4]],
  [3, [3, 3, 3]],
  [4, [3, 2, 2, 2]],
  [6, [2, 2, 2, 1, 1, 1]],
])("of ten connections %d callers who take all they get hold %j: one at least is left", (callers, held) => {
  const shares = sharesOf(10, 1);
  expect(greedy(shares, callers)).toEqual(held);
  expect(shares.take("somebody else")).toBeNull();
});

test("a first connection never waits here: when all are held, the pool's own queue is for all", () => {
  const shares = sharesOf(2);
  for (const caller of ["kim", "dana", "elena"]) expect(shares.take(caller)).toBeNull();
  expect(waits).toBe(0);
});

test("what is more waits, first come first served, for what is given back", async () => {
  const shares = sharesOf(1);
  const begun: string[] = [];
  void shares.take("kim");
  void shares.take("dana");
  const both = ["first", "second"].map((name) => shares.take("kim")?.then(() => begun.push(name)));
  shares.giveBack("dana");
  await nextTurn();
  expect(begun).toEqual([]);
  shares.giveBack("kim");
  await both[0];
  expect(begun).toEqual(["first"]);
  shares.giveBack("kim");
  await both[1];
  shares.giveBack("kim");
  expect(begun).toEqual(["first", "second"]);
  expect(shares.take("kim")).toBeNull();
  expect(waits).toBe(2);
});

test("what others give back is for whoever waits, and first for who holds less", async () => {
  const shares = sharesOf(10);
  const begun: string[] = [];
  const takeAll = (caller: string) => {
    for (let turn = shares.take(caller); ; turn = shares.take(caller)) {
      if (turn !== null) return turn.then(() => begun.push(caller));
    }
  };
  for (let count = 0; count < 4; count += 1) void shares.take("elena");
  const turns = [takeAll("kim"), takeAll("kim"), takeAll("dana")];
  for (let count = 0; count < 4; count += 1) shares.giveBack("elena");
  await Promise.all(turns);
  expect(begun).toEqual(["dana", "kim", "kim"]);
});

test("who waits too long is told to come again, and takes nobody's turn", async () => {
  const shares = sharesOf(1, 5);
  void shares.take("kim");
  const late = await shares.take("kim")?.catch((error: unknown) => error);
  expect(late).toBeInstanceOf(ShareTakenError);
  expect(isUnavailable(late)).toBe(true);
  shares.giveBack("kim");
  expect(shares.take("kim")).toBeNull();
});

test("a thousand may wait, and the next is told so at once", async () => {
  const shares = sharesOf(1);
  void shares.take("kim");
  const waiting = Array.from({ length: 1_000 }, () => shares.take("kim"));
  await expect(shares.take("kim")).rejects.toThrow(ShareTakenError);
  expect(shares.take("dana")).toBeNull();
  for (const turn of waiting) {
    shares.giveBack("kim");
    await turn;
  }
});
