import { FairScheduler } from "../../../src/server/overload/fairScheduler";

test("a single task starts at once", async () => {
  const scheduler = new FairScheduler();
  let isDone = false;
  void scheduler.wait("a").then(() => (isDone = true));
  await Promise.resolve();
  expect(isDone).toBe(true);
});

test("one task runs in a tick of the event loop, round robin by key", async () => {
  const scheduler = new FairScheduler();
  let tick = 0;
  let isOver = false;
  const count = () => {
    tick += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const done: string[] = [];
  const doneIn: number[] = [];
  const run = async (key: string, name: string) => {
    await scheduler.wait(key);
    done.push(name);
    doneIn.push(tick);
  };
  const many = [1, 2, 3, 4].map((number) => run("many", `many ${number}`));
  await Promise.all([...many, run("few", "few 1"), run("other", "other 1")]);
  isOver = true;
  expect(done).toEqual(["many 1", "many 2", "few 1", "other 1", "many 3", "many 4"]);
  expect(new Set(doneIn).size).toBe(done.length);
});

test("other work of the event loop runs between two tasks", async () => {
  const scheduler = new FairScheduler();
  const order: string[] = [];
  const run = async (name: string) => {
    await scheduler.wait(name);
    order.push(name);
    setImmediate(() => order.push(`after ${name}`));
  };
  await Promise.all(["a", "b", "c"].map(run));
  expect(order.indexOf("after a")).toBeLessThan(order.indexOf("c"));
});

test("the tasks of a key run in their order", async () => {
  const scheduler = new FairScheduler();
  const done: number[] = [];
  const run = async (number: number) => {
    await scheduler.wait("one");
    done.push(number);
  };
  await Promise.all([scheduler.wait("other"), run(1), run(2), scheduler.wait("other"), run(3)]);
  expect(done).toEqual([1, 2, 3]);
});

test("counts waiting tasks, without those whose callers have left", async () => {
  const scheduler = new FairScheduler();
  const keys = ["first", "other", "other", "another"];
  const all = [...keys.map((key) => scheduler.wait(key)), scheduler.wait("other", () => true)];
  expect(scheduler.waiting).toBe(3);
  await Promise.all(all);
  expect(scheduler.waiting).toBe(0);
});

test("tasks whose callers have left take no slot: the next one starts in their tick", async () => {
  const scheduler = new FairScheduler();
  let tick = 0;
  let isOver = false;
  const count = () => {
    tick += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const doneIn = new Set<number>();
  const run = async (hasLeft: boolean) => {
    await scheduler.wait("one", () => hasLeft);
    doneIn.add(tick);
  };
  await scheduler.wait("first");
  await Promise.all([...Array.from({ length: 1_000 }, () => run(true)), run(false)]);
  isOver = true;
  expect(doneIn.size).toBe(1);
});
