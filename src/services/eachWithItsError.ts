import { isUnavailable } from "./unavailable";

/**
 * Reads what belongs to some keys together, in the order of the keys. When that fails, each key is read alone, so
 * that a key with which nothing can be read fails and the others do not. An unavailable database fails all of them at
 * once.
 */
export async function eachWithItsError<Value>(
  keys: readonly string[],
  read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
  missing: Value,
): Promise<(Value | Error)[]> {
  try {
    const found = await read(keys);
    return keys.map((key) => found.get(key) ?? missing);
  } catch (error) {
    if (keys.length === 1 || isUnavailable(error)) throw error;
    return await readAlone(keys, read, missing);
  }
}

/** One after the other: each takes a connection. */
async function readAlone<Value>(
  keys: readonly string[],
  read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
  missing: Value,
): Promise<(Value | Error)[]> {
  const results: (Value | Error)[] = [];
  for (const key of keys) {
    results.push(
      await read([key]).then(
        (found) => found.get(key) ?? missing,
        (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
      ),
    );
  }
  return results;
}
