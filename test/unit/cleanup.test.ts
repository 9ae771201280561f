import { startOrCleanUp, type Cleanup } from "../../src/cleanup";

test("what a failed start opened is closed, last first, and its error is thrown whatever else fails", async () => {
  const closed: string[] = [];
  const start = async (cleanup: Cleanup) => {
    cleanup.add(() => void closed.push("first"));
    cleanup.add(async () => {
      closed.push("second");
      throw new Error("cannot be closed");
    });
    cleanup.add(async () => void closed.push("third"));
    throw new Error("cannot start");
  };
  await expect(startOrCleanUp(start)).rejects.toThrow("cannot start");
  expect(closed).toEqual(["third", "second", "first"]);
});

test("what a start opened is closed once, when it is stopped", async () => {
  const closed: string[] = [];
  const stop = await startOrCleanUp(async (cleanup) => {
    cleanup.add(() => void closed.push("it"));
    return () => cleanup.run();
  });
  expect(closed).toEqual([]);
  await stop();
  await stop();
  expect(closed).toEqual(["it"]);
});
