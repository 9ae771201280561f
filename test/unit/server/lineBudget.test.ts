import { createLineBudget } from "../../../src/server/observability/lineBudget";

test("so many a second, and then how many were left out", () => {
  const clock = jest.spyOn(performance, "now").mockReturnValue(5_000);
  const told: number[] = [];
  const budget = createLineBudget(3, (leftOut) => void told.push(leftOut));
  expect(Array.from({ length: 5 }, () => budget.take())).toEqual([true, true, true, false, false]);
  expect(told).toEqual([]);
  clock.mockReturnValue(6_000);
  expect(budget.take()).toBe(true);
  expect(told).toEqual([2]);
  clock.mockReturnValue(9_000);
  expect(budget.take()).toBe(true);
  expect(told).toEqual([2]);
  clock.mockRestore();
});
