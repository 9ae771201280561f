import * as fc from "fast-check";
import { Client } from "pg";
import { operator, startTestApi, unlimited, type TestApi } from "../api/testApi";
import { startTestSmtpServer, type TestSmtpServer } from "../network/smtpServer";
import { checkHistory } from "./checkHistory";
import { checkHidden } from "./hiddenRequests";
import { anyHistory } from "./steps";

/** Events that some of the histories must lead to: without them the tests would prove little. */
const wanted = ["INITIATED", "ACCEPTED", "REVIEW_STARTED", "APPROVED", "COMPLETED", "EXPIRED", "REFUSED"];

export interface Histories {
  /**
   * Plays the random history of a seed, and each third one also without the requests of one customer. Rejects when it
   * breaks an invariant, with the shortest history found that does, as the calls that led there.
   */
  check(seed: number): Promise<void>;
  /** The types of events that no history has led to yet. */
  missing(): string[];
}

/** Starts one installation for all histories of a file, and stops it behind its tests. */
export function useHistories(): Histories {
  let api: TestApi;
  let database: Client;
  let mailServer: TestSmtpServer;
  beforeAll(async () => {
    mailServer = await startTestSmtpServer();
    api = await startTestApi({ worker: false, environment: { SANDBOX: "on", SMTP_URL: mailServer.url, ...unlimited } });
    database = new Client({ connectionString: api.config.databaseUrl });
    await database.connect();
  });
  afterAll(async () => {
    await database.end();
    await api.stop();
    await mailServer.stop();
  });
  const seen = new Set<string>();
  return {
    async check(seed) {
      const play = fc.asyncProperty(anyHistory, async (history) => {
        const installation = { api, database, mailServer };
        const played = await checkHistory(installation, history);
        for (const { type } of played.looks.at(-1)?.get(operator)?.events ?? []) seen.add(type);
        if (seed % 3 === 0) await checkHidden(installation, played);
      });
      await fc.assert(play, { numRuns: 1, seed });
    },
    missing: () => wanted.filter((type) => !seen.has(type)),
  };
}

/** Declares a test for each of `count` random histories, whose seeds begin at `first`. */
export function testHistories(first: number, count: number): void {
  const histories = useHistories();

  test.each(Array.from({ length: count }, (_, index) => first + index))(
    "no answer contradicts another in the random history %i",
    (seed) => histories.check(seed),
    600_000,
  );

  test("the histories reach the ends of requests", () => {
    expect(histories.missing()).toEqual([]);
  });
}
