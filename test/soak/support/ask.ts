import { setTimeout as pause } from "node:timers/promises";
import type { Installation } from "./installation";

/** Milliseconds that a question may take, with all its attempts: what an outage of the test lasts, many times over. */
const patience = 60_000;

/** The data of the answer. While nodes are away or have no database, asks again, one after the other. */
export async function ask(
  { servers, tokenFor }: Installation,
  email: string,
  query: string,
  variables: object = {},
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into freely
): Promise<any> {
  const token = await tokenFor(email);
  const end = Date.now() + patience;
  for (let attempt = Math.floor(Math.random() * 2); ; attempt += 1) {
    const answer = await post(`${servers[attempt % servers.length]?.url}/graphql`, token, { query, variables });
    if (typeof answer !== "string") return answer;
    if (Date.now() > end) throw new Error(`No answer within ${patience} ms: ${answer}`);
    await pause(50 + Math.random() * 100);
  }
}

/** The data, or why there is none at present. Throws when asking again is no use. */
async function post(url: string, token: string, body: object): Promise<object | string> {
  let answer: { data?: object; errors?: { extensions: { code?: string; retryAfter?: unknown } }[] };
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
    answer = (await response.json()) as typeof answer;
  } catch (error) {
    return String(error);
  }
  if (answer.errors === undefined && answer.data) return answer.data;
  const causes = answer.errors?.map(({ extensions }) => extensions) ?? [];
  if (causes.every(({ code, retryAfter }) => code === "SERVICE_UNAVAILABLE" && isWait(retryAfter))) {
    return "SERVICE_UNAVAILABLE";
  }
  throw new Error(JSON.stringify(answer.errors));
}

/** Whole seconds after which to ask again. */
const isWait = (retryAfter: unknown) => Number.isInteger(retryAfter) && Number(retryAfter) >= 1;
