import type { TestApi } from "./testApi";
import { dana } from "./testApi";
import { waitFor } from "../waitFor";

export interface Advance {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
}

/** Moves the clock of a sandbox. Gives the new time. */
export async function advance(api: TestApi, input: Advance): Promise<Date> {
  const mutation = "mutation ($input: AdvanceSandboxClockInput!) { advanceSandboxClock(input: $input) { now } }";
  return new Date((await api.data(dana, mutation, { input })).advanceSandboxClock.now);
}

/** Moves the clock of a sandbox to an instant to come, or a little past it. */
export async function advanceTo(api: TestApi, instant: Date): Promise<void> {
  const now = await advance(api, {});
  const minutes = Math.ceil((instant.getTime() - now.getTime()) / 60_000);
  await advance(api, { days: Math.floor(minutes / 1440), minutes: minutes % 1440 });
}

/** A mail, to whom and about what: the subject up to its colon. */
export type MailSeen = readonly [to: string, about: string];

/** Gives the mails that have arrived since it was last asked, sorted, once no notification is queued any more. */
export function mailReader(api: TestApi): () => Promise<MailSeen[]> {
  const read = new Set<string>();
  return async () => {
    await waitFor("all mail to be sent", async () => {
      const queued = "SELECT FROM cocp_notifications WHERE state = 'QUEUED'";
      const canceling = "SELECT FROM cocp_records WHERE status = 'CANCELLATION_IN_PROGRESS'";
      return (await api.rows(`${queued} UNION ALL ${canceling}`)).length === 0;
    });
    const unread = api.mailbox.messages().filter(({ id }) => !read.has(id));
    for (const { id } of unread) read.add(id);
    return unread.map(({ to, subject }) => [to.join(), subject.replace(/:.*| for your change.*/, "")] as const).sort();
  };
}
