import { executeCommand } from "./executeCommand";
import { remindDue } from "../notifications/remindDue";
import type { ServiceContext } from "../serviceContext";

/** Records settled in one transaction: short enough that the feed is not held up. */
const batchSize = 200;

/**
 * Does what time asks for (docs/domain.md, "Deadlines"): reminders of unanswered records, then EXPIRED for those past
 * their time and COMPLETED for those past their grace period. In batches; several workers may do it at once; after a
 * pause of whatever length it catches up. A record whose account somebody holds is left to the next sweep, and delays
 * no other.
 */
export async function settleDue(context: ServiceContext): Promise<void> {
  await remindDue(context);
  const except: string[] = [];
  for (;;) {
    const { done, left } = await executeCommand(context, null, { dueAtMost: batchSize, except }, null);
    except.push(...left);
    if (done.length + left.length === 0) return;
  }
}
