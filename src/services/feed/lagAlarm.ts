import type { Logger } from "../../logger";
import type { Watch } from "../readiness";

/** Milliseconds. */
export interface FeedAlarmTimings {
  /** Age of a held back event that causes a warning. */
  readonly feedAlarm: number;
  /** Between two checks. */
  readonly feedCheck: number;
}

/**
 * Logs when a transaction holds the feed back, with its session, and when that is over. Logs nothing while the
 * database is away. Returns the function that stops it.
 */
export function startFeedAlarm(
  watch: Pick<Watch, "feed">,
  logger: Logger,
  { feedAlarm, feedCheck }: FeedAlarmTimings,
): () => void {
  let isHeldBack = false;
  let isChecking = false;
  async function check(): Promise<void> {
    const { lag, heldBack, writer } = await watch.feed();
    if (lag * 1_000 >= feedAlarm === isHeldBack) return;
    isHeldBack = !isHeldBack;
    const facts = { seconds: Math.round(lag), heldBack, session: writer?.session, cure: writer?.cure };
    if (isHeldBack) logger.warn(facts, "the feed is held back");
    else logger.info("the feed goes on");
  }
  const timer = setInterval(() => {
    if (isChecking) return;
    isChecking = true;
    void check()
      .catch(() => {})
      .finally(() => (isChecking = false));
  }, feedCheck).unref();
  return () => clearInterval(timer);
}
