import { createDataSource } from "../../src/db/postgres/dataSource";
import { openLimiters } from "../../src/db/limiters";
import { createLogger } from "../../src/logger";
import { RateLimits } from "../../src/services/rateLimits";

const logger = createLogger("silent", "json");

/** Limits that are counted in this process: nothing is asked of the database. */
function limitsOf(addressPoints: number, viewerPoints = Infinity) {
  const dataSource = createDataSource({ url: "postgres://127.0.0.1:1/none", poolSize: 1, logger });
  const limiters = openLimiters({ dataSource, redisUrl: null, logger });
  const rates = { viewerPoints, addressPoints, lookUps: Infinity, invitations: Infinity };
  return new RateLimits({ limiters, rates, dataSource, logger, nameOf: String, lookUpsRefused: () => {} });
}

afterEach(() => jest.restoreAllMocks());

test("sockets have a budget of their own", async () => {
  const limits = limitsOf(10);
  await expect(limits.spendAt("192.0.2.1", 11, "sockets")).rejects.toThrow("Too many requests");
  await limits.spendAt("192.0.2.1", 1);
});

test("an address whose budget is used up is rate limited", async () => {
  const limits = limitsOf(10);
  await expect(limits.spendAt("192.0.2.1", 11)).rejects.toThrow("Too many requests from your address.");
});

test("a person whose budget is used up may go on ten seconds later, though the clock was set back by an hour", async () => {
  let now = 1_000;
  jest.spyOn(performance, "now").mockImplementation(() => now);
  const limits = limitsOf(Infinity, 10);
  await expect(limits.payerFor("dana@northlight.example", "192.0.2.1").pay(11)).rejects.toThrow("Too many requests");
  expect(() => limits.verifyMayCall("dana@northlight.example")).toThrow("Try again in 10 seconds.");
  const earlier = Date.now() - 3_600_000;
  jest.spyOn(Date, "now").mockReturnValue(earlier);
  now += 10_000;
  limits.verifyMayCall("dana@northlight.example");
});
