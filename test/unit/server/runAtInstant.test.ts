import { runAtInstant } from "../../../src/server/subscriptions/runAtInstant";

const now = new Date("2026-03-01T12:00:00Z");
const day = 86_400_000;
const after = (milliseconds: number) => new Date(now.getTime() + milliseconds);

let acted: Date[];
const act = () => void acted.push(new Date());
beforeEach(() => {
  acted = [];
  jest.useFakeTimers({ now });
});
afterEach(() => jest.useRealTimers());

test.each([
  ["now", 0],
  ["a minute from now", 60_000],
  ["30 days from now, which is longer than a timer can run", 30 * day],
])("runs once at an instant %s, and not before", (_when, milliseconds) => {
  runAtInstant(after(milliseconds), act);
  jest.advanceTimersByTime(Math.max(milliseconds - 1, 0));
  jest.advanceTimersByTime(2);
  expect(acted).toHaveLength(1);
  expect(Math.abs(Number(acted[0]) - Number(after(milliseconds)))).toBeLessThanOrEqual(1);
  expect(jest.getTimerCount()).toBe(0);
});

test.each([
  ["a hundred years", new Date("2126-03-01T12:00:00Z")],
  ["the last possible date", new Date(8.64e15)],
])("waits for %s with few checks of the clock", (_when, instant) => {
  const checks = jest.spyOn(globalThis, "setTimeout");
  runAtInstant(instant, act);
  jest.advanceTimersByTime(60_000);
  expect(acted).toEqual([]);
  expect(checks.mock.calls.length).toBeLessThan(15);
});

test("runs within five seconds after the clock was set past the instant", () => {
  runAtInstant(after(day), act);
  jest.setSystemTime(after(2 * day));
  jest.advanceTimersByTime(5_000);
  expect(acted).toHaveLength(1);
});

test("waits longer when the clock is set back", () => {
  runAtInstant(after(60_000), act);
  jest.setSystemTime(after(-day));
  jest.advanceTimersByTime(day);
  expect(acted).toEqual([]);
  jest.advanceTimersByTime(60_000);
  expect(acted).toHaveLength(1);
});

test("does not run after it was cancelled", () => {
  const cancel = runAtInstant(after(20_000), act);
  jest.advanceTimersByTime(12_000);
  cancel();
  jest.advanceTimersByTime(day);
  expect(acted).toEqual([]);
  expect(jest.getTimerCount()).toBe(0);
});
