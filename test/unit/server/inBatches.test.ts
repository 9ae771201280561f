import { inBatches } from "../../../src/server/subscriptions/gracefulClose";

test("does a hundred at a time, and all in the end", async () => {
  const done: number[] = [];
  const items = Array.from({ length: 250 }, (_, index) => index);
  const doing = inBatches(items, (item) => done.push(item));
  expect(done).toHaveLength(100);
  await doing;
  expect(done).toEqual(items);
});
