import * as fc from "fast-check";
import { Client } from "pg";
import { operator, startTestApi, unlimited, type TestApi } from "../api/testApi";
import { checkHistory } from "./checkHistory";
import { anyHistory } from "./steps";

/** Events that some of the histories must lead to: without them the tests would prove little. */
const wanted = ["INITIATED", "ACCEPTED", "REVIEW_STARTED", "APPROVED", "COMPLETED", "EXPIRED", "REFUSED"];

/**
 * Declares a test for each of `count` random histories, whose seeds begin at `first`. A history that fails is shrunk, and printed as the
 * calls that led there.
 */
export function testHistories(first: number, count: number): void {
  let api: TestApi;
  let database: Client;
  beforeAll(async () => {
    api = await startTestApi({ worker: false, environment: { SANDBOX: "on", ...unlimited } });
    database = new Client({ connectionString: api.config.databaseUrl });
    await database.connect();
  });
  afterAll(async () => {
    await database.end();
    await api.stop();
  });
  const seen = new Set<string>();

  test.each(Array.from({ length: count }, (_, index) => first + index))(
    "no answer contradicts another in the random history %i",
    async (seed) => {
      const play = fc.asyncProperty(anyHistory, async (history) => {
        const views = await checkHistory(api, database, history);
        for (const { type } of views.get(operator)?.events ?? []) seen.add(type);
      });
      await fc.assert(play, { numRuns: 1, seed });
    },
    600_000,
  );

  test("the histories reach the ends of requests", () => {
    expect(wanted.filter((type) => !seen.has(type))).toEqual([]);
  });
}
