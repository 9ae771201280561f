import { createTurns } from "../../src/services/turns";

/** Work that ends when it is told to. */
class Works {
  readonly begun: string[] = [];
  readonly #ends = new Map<string, () => void>();

  work(name: string): () => Promise<void> {
    return () => {
      this.begun.push(name);
      return new Promise((resolve) => this.#ends.set(name, resolve));
    };
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)?.();
    await new Promise(setImmediate);
  }
}

test("so many run at once, the others in the order in which they came, also after one that failed", async () => {
  const inTurn = createTurns(1);
  const works = new Works();
  const failing = inTurn(() => Promise.reject(new Error("no")));
  void inTurn(works.work("second"));
  void inTurn(works.work("third"));
  await expect(failing).rejects.toThrow("no");
  expect(works.begun).toEqual(["second"]);
  await works.end("second");
  expect(works.begun).toEqual(["second", "third"]);
});

test("who has its part waits for itself: others pass by, and find room", async () => {
  const inTurn = createTurns(3, 2);
  const works = new Works();
  for (const name of ["kim 1", "kim 2", "kim 3", "kim 4", "dana 1", "dana 2"]) {
    void inTurn(works.work(name), name.split(" ")[0]);
  }
  expect(works.begun).toEqual(["kim 1", "kim 2", "dana 1"]);
  await works.end("dana 1");
  expect(works.begun.at(-1)).toBe("dana 2");
  await works.end("kim 2");
  expect(works.begun.at(-1)).toBe("kim 3");
});
