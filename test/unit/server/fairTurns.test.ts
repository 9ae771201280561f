import { setImmediate as nextTurn } from "node:timers/promises";
import { createFairTurns } from "../../../src/server/fairTurns";

test("who comes alone does not wait", async () => {
  const turns = createFairTurns();
  let isDone = false;
  void turns.next("a").then(() => (isDone = true));
  await Promise.resolve();
  expect(isDone).toBe(true);
});

test("one piece of work is done in a turn of the event loop, and turns go round those who ask", async () => {
  const turns = createFairTurns();
  const done: string[] = [];
  const ask = (key: string, name: string) => void turns.next(key).then(() => done.push(name));
  for (let count = 1; count <= 4; count += 1) ask("many", `many ${count}`);
  ask("few", "few 1");
  ask("other", "other 1");
  const lengths: number[] = [];
  for (let turn = 0; turn < 8; turn += 1) {
    await nextTurn();
    lengths.push(done.length);
  }
  expect(done).toEqual(["many 1", "many 2", "few 1", "other 1", "many 3", "many 4"]);
  expect(lengths.every((length, index) => length - (lengths[index - 1] ?? 1) <= 1)).toBe(true);
});

test("after a long piece the event loop is left to others before the next one", async () => {
  const turns = createFairTurns();
  const longPiece = 20;
  const ends: number[] = [];
  const begins: number[] = [];
  const work = async (key: string) => {
    await turns.next(key);
    begins.push(performance.now());
    while (performance.now() - (begins.at(-1) ?? 0) < longPiece);
    ends.push(performance.now());
  };
  await Promise.all([work("a"), work("b"), work("c")]);
  for (const [index, end] of ends.slice(0, -1).entries()) {
    expect((begins[index + 1] ?? 0) - end).toBeGreaterThan(longPiece);
  }
});
