import type { Logger } from "../../logger";
import type { Watch } from "../readiness";

/** Milliseconds. */
export interface FeedAlarmTimings {
  /** Age of a held back event from which on the log has a warning. */
  readonly feedAlarm: number;
  /** Between two checks. */
  readonly feedCheck: number;
}

/**
 * Tells the log when a transaction keeps feeds from showing what was committed, and whose it is; and when that is
 * over. Says nothing while the database is away. Gives the function that ends it.
 */
export function startFeedAlarm(
  watch: Pick<Watch, "feed">,
  logger: Logger,
  { feedAlarm, feedCheck }: FeedAlarmTimings,
): () => void {
  let isHeldBack = false;
  let isLooking = false;
  async function look(): Promise<void> {
    const { lag, heldBack, writer } = await watch.feed();
    if (lag * 1_000 >= feedAlarm === isHeldBack) return;
    isHeldBack = !isHeldBack;
    const facts = { seconds: Math.round(lag), heldBack, session: writer?.session, cure: writer?.cure };
    if (isHeldBack) logger.warn(facts, "the feed is held back");
    else logger.info("the feed goes on");
  }
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    void look()
      .catch(() => {})
      .finally(() => (isLooking = false));
  }, feedCheck).unref();
  return () => clearInterval(timer);
}
