import { UnavailableError } from "../../src/services/unavailable";
import { ConcurrencyLimit } from "../../src/services/concurrencyLimit";
import { RateLimitedError } from "../../src/services/rateLimits";

/** Tasks that end on command. */
class Tasks {
  readonly started: string[] = [];
  readonly #ends = new Map<string, () => void>();

  work(name: string): () => Promise<void> {
    return () => {
      this.started.push(name);
      return new Promise((resolve) => this.#ends.set(name, resolve));
    };
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)?.();
    await new Promise(setImmediate);
  }
}

test("at most `max` tasks run, the others in the order of their arrival, also after one that failed", async () => {
  const limit = new ConcurrencyLimit({ max: 1 });
  const tasks = new Tasks();
  const failing = limit.run("kim", () => Promise.reject(new Error("no")));
  void limit.run("kim", tasks.work("second"));
  void limit.run("kim", tasks.work("third"));
  await expect(failing).rejects.toThrow("no");
  expect(tasks.started).toEqual(["second"]);
  await tasks.end("second");
  expect(tasks.started).toEqual(["second", "third"]);
});

test("a key at its own limit waits while other keys run", async () => {
  const limit = new ConcurrencyLimit({ max: 3, maxPerKey: 2 });
  const tasks = new Tasks();
  for (const name of ["kim 1", "kim 2", "kim 3", "kim 4", "dana 1", "dana 2"]) {
    void limit.run(name.split(" ")[0] ?? "", tasks.work(name));
  }
  expect(tasks.started).toEqual(["kim 1", "kim 2", "dana 1"]);
  await tasks.end("dana 1");
  expect(tasks.started.at(-1)).toBe("dana 2");
  await tasks.end("kim 2");
  expect(tasks.started.at(-1)).toBe("kim 3");
});

test("keys are served round robin, whatever the number of their tasks", async () => {
  const limit = new ConcurrencyLimit({ max: 1 });
  const tasks = new Tasks();
  for (const name of ["kim 1", "kim 2", "kim 3", "kim 4", "kim 5", "dana 1", "dana 2", "elena 1"]) {
    void limit.run(name.split(" ")[0] ?? "", tasks.work(name));
  }
  const order = ["kim 1", "kim 2", "dana 1", "elena 1", "kim 3", "dana 2", "kim 4", "kim 5"];
  for (const name of order) {
    expect(tasks.started.at(-1)).toBe(name);
    await tasks.end(name);
  }
  expect(tasks.started).toEqual(order);
});

test("too many waiting tasks of a key are RATE_LIMITED for that key alone, and too many in total unavailable", async () => {
  const limit = new ConcurrencyLimit({ max: 1, maxWaiting: 3, maxWaitingPerKey: 2 });
  const tasks = new Tasks();
  for (const name of ["kim 1", "kim 2", "kim 3"]) void limit.run("kim", tasks.work(name));
  const rejected = await limit.run("kim", tasks.work("kim 4")).catch((error: unknown) => error);
  expect(rejected).toBeInstanceOf(RateLimitedError);
  expect(rejected).toMatchObject({ retryAfter: 5 });
  void limit.run("dana", tasks.work("dana 1"));
  await expect(limit.run("elena", tasks.work("elena 1"))).rejects.toThrow(UnavailableError);
  for (const name of ["kim 1", "kim 2"]) await tasks.end(name);
  void limit.run("elena", tasks.work("elena 2"));
  for (const name of ["dana 1", "kim 3"]) await tasks.end(name);
  expect(tasks.started).toEqual(["kim 1", "kim 2", "dana 1", "kim 3", "elena 2"]);
});

test("a stop rejects waiting and later tasks, and lets a running one end", async () => {
  const limit = new ConcurrencyLimit({ max: 1 });
  const tasks = new Tasks();
  const running = limit.run("kim", tasks.work("kim 1"));
  const waiting = limit.run("dana", tasks.work("dana 1"));
  limit.stop();
  await expect(waiting).rejects.toThrow(UnavailableError);
  await tasks.end("kim 1");
  await running;
  await expect(limit.run("kim", tasks.work("kim 2"))).rejects.toThrow(UnavailableError);
  expect(tasks.started).toEqual(["kim 1"]);
});
