import { actAt } from "../../../src/server/subscriptions/runAtInstant";

const now = new Date("2026-03-01T12:00:00Z");
const day = 86_400_000;
const inSome = (milliseconds: number) => new Date(now.getTime() + milliseconds);

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
  ["30 days from now, which is longer than a timer can be", 30 * day],
])("acts %s: then, once, and not before", (_when, milliseconds) => {
  actAt(inSome(milliseconds), act);
  jest.advanceTimersByTime(Math.max(milliseconds - 1, 0));
  jest.advanceTimersByTime(2);
  expect(acted).toHaveLength(1);
  expect(Math.abs(Number(acted[0]) - Number(inSome(milliseconds)))).toBeLessThanOrEqual(1);
  expect(jest.getTimerCount()).toBe(0);
});

test.each([
  ["a hundred years", new Date("2126-03-01T12:00:00Z")],
  ["the last date that there is", new Date(8.64e15)],
])("waits for %s without being busy about it", (_when, instant) => {
  const looks = jest.spyOn(globalThis, "setTimeout");
  actAt(instant, act);
  jest.advanceTimersByTime(60_000);
  expect(acted).toEqual([]);
  expect(looks.mock.calls.length).toBeLessThan(15);
});

test("a clock that is set past the instant is noticed within five seconds", () => {
  actAt(inSome(day), act);
  jest.setSystemTime(inSome(2 * day));
  jest.advanceTimersByTime(5_000);
  expect(acted).toHaveLength(1);
});

test("a clock that is set back is waited for", () => {
  actAt(inSome(60_000), act);
  jest.setSystemTime(inSome(-day));
  jest.advanceTimersByTime(day);
  expect(acted).toEqual([]);
  jest.advanceTimersByTime(60_000);
  expect(acted).toHaveLength(1);
});

test("what was called off is not done", () => {
  const callOff = actAt(inSome(20_000), act);
  jest.advanceTimersByTime(12_000);
  callOff();
  jest.advanceTimersByTime(day);
  expect(acted).toEqual([]);
  expect(jest.getTimerCount()).toBe(0);
});
