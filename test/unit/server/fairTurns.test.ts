import { createFairTurns } from "../../../src/server/overload/fairScheduler";
import { startVirtualLoop, type VirtualLoop } from "../../support/virtualLoop";

const nobody = () => false;

const loops: VirtualLoop[] = [];
function virtualLoop(): VirtualLoop {
  const loop = startVirtualLoop();
  loops.push(loop);
  return loop;
}
afterEach(() => loops.splice(0).forEach((loop) => loop.stop()));

test("who comes alone does not wait", async () => {
  const turns = createFairTurns(nobody);
  let isDone = false;
  void turns.next("a").then(() => (isDone = true));
  await Promise.resolve();
  expect(isDone).toBe(true);
});

test("one piece of work is done in a turn of the event loop, and turns go round those who ask", async () => {
  const turns = createFairTurns(nobody);
  let turn = 0;
  let isOver = false;
  const count = () => {
    turn += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const done: string[] = [];
  const doneIn: number[] = [];
  const ask = async (key: string, name: string) => {
    await turns.next(key);
    done.push(name);
    doneIn.push(turn);
  };
  const many = [1, 2, 3, 4].map((number) => ask("many", `many ${number}`));
  await Promise.all([...many, ask("few", "few 1"), ask("other", "other 1")]);
  isOver = true;
  expect(done).toEqual(["many 1", "many 2", "few 1", "other 1", "many 3", "many 4"]);
  expect(new Set(doneIn).size).toBe(done.length);
});

test("after a long piece the event loop is left to others before the next one", async () => {
  const loop = virtualLoop();
  const turns = createFairTurns(nobody);
  const longPiece = 20;
  const idleBefore: number[] = [];
  const work = async (key: string) => {
    await turns.next(key);
    idleBefore.push(loop.idle());
    loop.work(longPiece);
  };
  await loop.run(Promise.all([work("a"), work("b"), work("c")]));
  expect(idleBefore).toEqual([0, longPiece, 2 * longPiece]);
});

test("many small pieces are rested from as well: what comes of them later may take longer than they do", async () => {
  const loop = virtualLoop();
  const turns = createFairTurns(nobody);
  const pieces = 100;
  const leastRest = 0.2; // milliseconds a piece
  await loop.run(Promise.all(Array.from({ length: pieces }, (_, index) => turns.next(String(index)))));
  expect(loop.idle()).toBeGreaterThan(pieces * leastRest);
});

const refused = (key: string) => key.startsWith("refused");

test("who was refused before has one turn of five, and rests are longer when nobody else waits", async () => {
  const loop = virtualLoop();
  const turns = createFairTurns(refused);
  const piece = 2;
  const done: string[] = [];
  const work = async (key: string) => {
    await turns.next(key);
    done.push(key);
    loop.work(piece);
  };
  const time = async (keys: readonly string[]) => {
    const began = loop.now();
    await loop.run(Promise.all(keys.map(work)));
    return loop.now() - began;
  };
  const many = Array.from({ length: 20 }, (_, index) => index);
  await time(["first", "refused 1", "refused 2", "refused 3", ...many.slice(0, 10).map((index) => `other ${index}`)]);
  const places = [1, 2, 3].map((index) => done.indexOf(`refused ${index}`));
  expect(places).toEqual([5, 10, 13]);
  const forOthers = await time(many.map((index) => `other ${index}`));
  expect(await time(many.map((index) => `refused ${index}`))).toBeGreaterThan(1.3 * forOthers);
});

test("what a key waits for comes in its order, also when it is refused something meanwhile, and when that is forgotten", async () => {
  let isRefused = false;
  const turns = createFairTurns((key) => key === "one" && isRefused);
  const done: number[] = [];
  const ask = async (number: number) => {
    await turns.next("one");
    done.push(number);
  };
  const all = [turns.next("other"), ask(1), ask(2)];
  isRefused = true;
  all.push(ask(3));
  isRefused = false;
  all.push(ask(4));
  await Promise.all(all);
  expect(done).toEqual([1, 2, 3, 4]);
});

test("tells how many wait, and how many of them were refused before; not who has left", async () => {
  const turns = createFairTurns(refused);
  const keys = ["first", "other", "other", "another", "refused"];
  const all = [...keys.map((key) => turns.next(key)), turns.next("other", () => true)];
  expect(turns.waiting()).toEqual({ refused: 1, others: 3 });
  await Promise.all(all);
  expect(turns.waiting()).toEqual({ refused: 0, others: 0 });
});

test("who has left is not waited for: a thousand of them take no turn", async () => {
  const loop = virtualLoop();
  const turns = createFairTurns(nobody);
  const left = Array.from({ length: 1_000 }, () => turns.next("one", () => true));
  await loop.run(Promise.all([...left, turns.next("one")]));
  expect(loop.now()).toBeLessThan(5); // a piece counts half a millisecond at least
});
