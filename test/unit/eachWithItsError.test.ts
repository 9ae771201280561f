import { UnavailableError } from "../../src/services/unavailable";
import { eachWithItsError } from "../../src/services/eachWithItsError";

/** Reads lengths; a key with a NUL makes the statement fail, whoever's keys are in it. */
function reader() {
  const batches: string[][] = [];
  const read = async (keys: readonly string[]) => {
    batches.push([...keys]);
    if (keys.some((key) => key.includes("\u0000"))) throw new Error("invalid byte sequence");
    return new Map(keys.filter((key) => key !== "").map((key) => [key, key.length]));
  };
  return { batches, read };
}

test("one read brings all values, in the order of the keys, and what is missing", async () => {
  const { batches, read } = reader();
  expect(await eachWithItsError(["bb", "", "a", "bb"], read, 0)).toEqual([2, 0, 1, 2]);
  expect(batches).toHaveLength(1);
});

test("a key with which nothing can be read fails alone", async () => {
  const { read } = reader();
  const results = await eachWithItsError(["a", "b\u0000", "cc"], read, 0);
  expect(results).toEqual([1, expect.objectContaining({ message: "invalid byte sequence" }), 2]);
});

test("an unavailable database fails all at once", async () => {
  const batches: number[] = [];
  const read = async (keys: readonly string[]) => {
    batches.push(keys.length);
    throw new UnavailableError("no connection");
  };
  await expect(eachWithItsError(["a", "b"], read, 0)).rejects.toThrow(UnavailableError);
  expect(batches).toEqual([2]);
});
