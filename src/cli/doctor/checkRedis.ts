import { publishOnce } from "../../db/feed/redisNotifications";
import { messageOf } from "../databaseUrl";
import { failed, ok, type Finding } from "./finding";

/** Whether the word that there is news can be published. */
export async function checkRedis(redisUrl: string): Promise<Finding[]> {
  const what = "Redis (REDIS_URL)";
  try {
    await publishOnce(redisUrl);
    return [ok(what)];
  } catch (error) {
    const problem = messageOf(error);
    return [failed(what, problem, cureOf(problem))];
  }
}

function cureOf(problem: string): string {
  if (/WRONGPASS|NOAUTH/.test(problem)) return "correct the user and password in REDIS_URL (percent-encoded)";
  if (/NOPERM/.test(problem)) return 'give the user the rights that docs/operations.md, "Redis", names';
  return "start Redis, correct REDIS_URL, or take it out: PostgreSQL carries the word then";
}
