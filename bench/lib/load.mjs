// The load: so many connections, each with one request after the other under way, for so long.
import { Client } from "undici";
import { cpuOf } from "./cores.mjs";

/**
 * Sends what `next` gives on so many connections, for `seconds` or until it gives nothing more. Gives requests a second, the server's
 * microseconds of processor a request, and latencies in milliseconds. Throws when an answer is not one of status 200.
 */
export async function loadServer({ url, pid, next, connections = 16, seconds = Infinity }) {
  const { origin, pathname } = new URL(url);
  const clients = Array.from({ length: connections }, () => new Client(origin, { pipelining: 1 }));
  const latencies = [];
  const before = cpuOf(pid);
  const start = performance.now();
  const end = start + seconds * 1_000;
  await Promise.all(
    clients.map(async (client) => {
      for (let request = next(); request !== undefined && performance.now() < end; request = next()) {
        const sent = performance.now();
        await send(client, pathname, request);
        latencies.push(performance.now() - sent);
      }
    }),
  );
  const elapsed = performance.now() - start;
  const cpu = cpuOf(pid) - before;
  await Promise.all(clients.map((client) => client.close()));
  latencies.sort((one, other) => one - other);
  const quantile = (part) => latencies[Math.floor(latencies.length * part)];
  return {
    perSecond: (latencies.length / elapsed) * 1_000,
    cpu: cpu / latencies.length,
    busy: cpu / 1_000 / elapsed,
    p50: quantile(0.5),
    p99: quantile(0.99),
  };
}

/** A request of the dispatcher's: method, headers and body, made once. */
export function graphqlRequest(token, query, variables) {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  return { method: "POST", headers, body: JSON.stringify({ query, variables }) };
}

/** The least that undici can do: the body is counted, not kept. */
function send(client, path, request) {
  return new Promise((resolve, reject) => {
    let status = 0;
    client.dispatch(
      { path, ...request },
      {
        onRequestStart() {},
        onResponseStart(_controller, statusCode) {
          status = statusCode;
        },
        onResponseData() {},
        onResponseEnd() {
          if (status === 200) resolve();
          else reject(new Error(`An answer had status ${status}`));
        },
        onResponseError(_controller, error) {
          reject(error);
        },
      },
    );
  });
}
