import { setTimeout as pause } from "node:timers/promises";
import { Shares, ShareTakenError } from "../../src/db/shares";
import { isUnavailable } from "../../src/services/availability";

let waits = 0;
const sharesOf = (most: number, patience = 10_000) => new Shares({ most, patience, waits: () => (waits += 1) });
beforeEach(() => (waits = 0));

test("a caller has its connections at once up to its share, whatever others hold", () => {
  const shares = sharesOf(2);
  for (const caller of ["kim", "dana", "kim", "dana"]) expect(shares.take(caller)).toBeNull();
  expect(waits).toBe(0);
});

test("what is more waits, first come first served, for what the same caller gives back", async () => {
  const shares = sharesOf(1);
  const begun: string[] = [];
  void shares.take("kim");
  void shares.take("dana");
  const both = ["first", "second"].map((name) => shares.take("kim")?.then(() => begun.push(name)));
  shares.giveBack("dana");
  await pause(1);
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
