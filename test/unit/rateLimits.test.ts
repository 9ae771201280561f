import { createDataSource } from "../../src/db/postgres/dataSource";
import { openLimiters } from "../../src/db/limiters";
import { createLogger } from "../../src/logger";
import { createRateLimits } from "../../src/services/rateLimits";
import { waitFor } from "../support/waitFor";

const logger = createLogger("silent", "json");

/** Limits that are counted in this process: nothing is asked of the database. */
function limitsOf(addressPoints: number, viewerPoints = Infinity) {
  const dataSource = createDataSource({ url: "postgres://127.0.0.1:1/none", poolSize: 1, logger });
  const limiters = openLimiters({ dataSource, redisUrl: null, logger });
  const rates = { viewerPoints, addressPoints, lookUps: Infinity, invitations: Infinity };
  return createRateLimits({ limiters, rates, dataSource, logger, nameOf: String, lookUpsRefused: () => {} });
}

afterEach(() => jest.restoreAllMocks());

test("an address is not known for what a person was refused, of whom it is known who it is", async () => {
  const limits = limitsOf(1_000);
  await limits.payerFor("dana@northlight.example", "192.0.2.1").payRefused();
  expect(limits.wasRefused("192.0.2.1")).toBe(false);
});

test("a budget for sockets that is used up leaves that for what is asked", async () => {
  const limits = limitsOf(10);
  await expect(limits.spendRefusedAt("192.0.2.1", 11, "sockets")).rejects.toThrow("Too much");
  await limits.spendAt("192.0.2.1", 1);
});

test("an address of which nothing was refused is not known for it, whatever it pays", async () => {
  const limits = limitsOf(1_000);
  await limits.spendAt("192.0.2.1", 10);
  const payer = limits.payerFor("dana@northlight.example", "192.0.2.1");
  await payer.pay(0).catch(() => {});
  expect(limits.wasRefused("192.0.2.1")).toBe(false);
});

test("an address of which something was refused is known for it for ten seconds, and no other with it", async () => {
  let now = 1_000;
  jest.spyOn(performance, "now").mockImplementation(() => now);
  const limits = limitsOf(Infinity);
  await limits.spendRefusedAt("192.0.2.1", 100);
  await limits.spendRefusedAt("192.0.2.2", 100, "sockets");
  const known = () => ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(limits.wasRefused);
  expect(known()).toEqual([true, true, false]);
  now += 11_000;
  await waitFor("them to be forgotten", async () => !known().includes(true)); // the clock is looked at once a millisecond
});

test("so is an address whose budget is used up", async () => {
  const limits = limitsOf(10);
  await expect(limits.spendAt("192.0.2.1", 11)).rejects.toThrow("Too much is asked from your address.");
  expect(limits.wasRefused("192.0.2.1")).toBe(true);
});

test("a person whose budget is used up may go on ten seconds later, though the clock was set back by an hour", async () => {
  let now = 1_000;
  jest.spyOn(performance, "now").mockImplementation(() => now);
  const limits = limitsOf(Infinity, 10);
  await expect(limits.payerFor("dana@northlight.example", "192.0.2.1").pay(11)).rejects.toThrow("You ask too much");
  expect(() => limits.verifyMayCall("dana@northlight.example")).toThrow("Try again in 10 seconds.");
  const earlier = Date.now() - 3_600_000;
  jest.spyOn(Date, "now").mockReturnValue(earlier);
  now += 10_000;
  limits.verifyMayCall("dana@northlight.example");
});
