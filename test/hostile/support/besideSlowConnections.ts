import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { packageFolder } from "../../../src/paths";
import { readMetrics } from "../../support/api/metrics";
import { kim, type TestApi } from "../../support/api/testApi";
import { until } from "../../support/until";
import type { SlowConnections } from "./slowConnections";
import { requestTransports } from "./transports";

const count = 400;

/** Where a request goes, and what comes before the part that is slow. */
export const headOf = async (api: TestApi, path: string, email: string) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${await api.tokenFor(email)}\r\n`;

/** Headers and bodies by the byte, and answers that are not read. */
async function slowKinds(api: TestApi): Promise<SlowConnections["kinds"]> {
  const body = JSON.stringify({ query: "{ cocpRecords(first: 1) { nodes { id } } }" });
  const kinds = requestTransports.map(async ({ path }) => {
    const head = await headOf(api, path, kim);
    return [
      { begins: `${head}X-Slow: `, drips: true },
      { begins: `${head}Content-Length: 5000\r\n\r\n{`, drips: true },
      { begins: `${head}Content-Length: ${body.length}\r\n\r\n${body}`.repeat(5), drips: false },
    ];
  });
  return (await Promise.all(kinds)).flat();
}

/** Runs `work` while another process holds 400 slow connections open, and the API has answered all that they ask. */
export async function besideSlowConnections<Result>(api: TestApi, work: () => Promise<Result>): Promise<Result> {
  const answered = async () => (await readMetrics(api.url)).value("changeover_operations_total") ?? 0;
  const kinds = await slowKinds(api);
  const all = (await answered()) + Math.floor(count / kinds.length) * 5 * requestTransports.length;
  const child = fork(join(__dirname, "slowConnections.ts"), {
    execArgv: ["--require", join(packageFolder, "test/support/jest/registerTypeScript.js")],
  });
  const gone = once(child, "exit");
  try {
    child.send({ url: api.url, count, kinds } satisfies SlowConnections);
    await once(child, "message");
    await until(async () => (await answered()) >= all);
    return await work();
  } finally {
    child.kill("SIGKILL");
    await gone;
  }
}
