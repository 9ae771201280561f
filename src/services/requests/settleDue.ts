import { executeCommand } from "./executeCommand";
import { remindDue } from "../notifications/remindDue";
import type { ServiceContext } from "../serviceContext";

/** Records settled in one transaction: short enough that the feed is not held up. */
const batchSize = 200;

/**
 * Writes what is due (docs/domain.md, "Deadlines"): reminders of unanswered records, then EXPIRED and COMPLETED. It
 * works in batches, several workers may run it at once, and it catches up after any pause. A record whose account is
 * locked is left to the next sweep and delays no other.
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
