import { randomBytes } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { transports } from "../hostile/support/transports";
import { dana, startTestApi, unlimited, type TestApi } from "../support/api/testApi";

/** Megabytes of documents: what the server caches of them is bounded. */

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await startTestApi({ worker: false, environment: unlimited });
  token = await api.tokenFor(dana);
});
afterAll(() => api.stop());

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const random = (bytes: number) => randomBytes(bytes).toString("hex");
const manyValues = `cocpRecords(first: 1, filter: { status: [${"ACCEPTED ".repeat(1_900)}] }) { totalCount }`;
/**
 * Documents, how many of them weigh more than is cached, and how many more would take twice what memory may grow by.
 */
const unseen = [
  { what: "long texts", enough: 175, more: 200, documentOf: () => `{ viewer { email } } # ${random(30_000)}` },
  {
    what: "many values",
    enough: 18,
    more: 25,
    documentOf: () => `query Q${random(4)} { viewer { email } ${manyValues} }`,
  },
];

describe.each(transports)("over $name", ({ open }) => {
  test.each(unseen)(
    "B18 documents of $what that nobody has seen before are not cached for ever: memory is flat",
    async ({ enough, more, documentOf }) => {
      const line = await open(api, token);
      const heapAfter = async (count: number) => {
        for (let i = 0; i < count; i += 1) {
          expect((await line.ask({ query: documentOf() })).data?.viewer.email).toBe(dana);
        }
        collect();
        return process.memoryUsage().heapUsed;
      };
      const first = await heapAfter(enough);
      expect((await heapAfter(more)) - first).toBeLessThan(6_000_000);
      line.close();
    },
  );
});
