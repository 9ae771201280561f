import { LogLineLimit } from "../../../src/server/observability/logLineLimit";

test("allows a number of lines in each second, and later reports how many were omitted", () => {
  const clock = jest.spyOn(performance, "now").mockReturnValue(5_000);
  const omitted: number[] = [];
  const lines = new LogLineLimit(3, (count) => void omitted.push(count));
  expect(Array.from({ length: 5 }, () => lines.take())).toEqual([true, true, true, false, false]);
  expect(omitted).toEqual([]);
  clock.mockReturnValue(6_000);
  expect(lines.take()).toBe(true);
  expect(omitted).toEqual([2]);
  clock.mockReturnValue(9_000);
  expect(lines.take()).toBe(true);
  expect(omitted).toEqual([2]);
  clock.mockRestore();
});
