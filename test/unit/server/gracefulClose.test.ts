import { closeInBatches } from "../../../src/server/subscriptions/gracefulClose";

test("closes a hundred connections at a time, and all in the end", async () => {
  const closed: number[] = [];
  const connections = Array.from({ length: 250 }, (_, index) => index);
  const closing = closeInBatches(connections, (connection) => closed.push(connection));
  expect(closed).toHaveLength(100);
  await closing;
  expect(closed).toEqual(connections);
});
