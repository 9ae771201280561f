import { addToClockOffset, withClockLock } from "../db/clock/sandboxClock";
import { BadInputError } from "../domain/errors";
import { ConcurrencyLimit } from "./concurrencyLimit";
import type { ServiceContext } from "./serviceContext";
import { settleDue } from "./requests/settleDue";

const minute = 60_000;
const day = 24 * 60 * minute;
/** Days that one call may move the clock. */
const maxDays = 400;

/** Calls that wait for another one of this node hold no connection. */
const oneAtATime = new ConcurrencyLimit({ max: 1 });

export interface ClockAdvance {
  readonly days: number;
  readonly hours: number;
  readonly minutes: number;
}

/**
 * Moves the clock of all nodes and workers forward, a day at a time, and settles on each day what falls due on it, so
 * that everything happens in its order: reminders, expiries, completions. Gives the new time once all that is
 * settled. Throws BadInputError for a negative part or more than 400 days. Calls run one after the other, and add up.
 */
export async function advanceSandboxClock(context: ServiceContext, advance: ClockAdvance): Promise<Date> {
  for (const part of ["days", "hours", "minutes"] as const) {
    if (advance[part] < 0) throw new BadInputError("The clock only moves forward.", ["input", part]);
  }
  const milliseconds = advance.days * day + advance.hours * 60 * minute + advance.minutes * minute;
  if (milliseconds > maxDays * day) throw new BadInputError(`Move the clock at most ${maxDays} days.`, ["input"]);
  const { dataSource } = context.dataSource.manager;
  await oneAtATime.run("clock", () => withClockLock(dataSource, () => advanceByDays(context, milliseconds)));
  return context.clock.now();
}

async function advanceByDays(context: ServiceContext, milliseconds: number): Promise<void> {
  let rest = milliseconds;
  do {
    const step = Math.min(rest, day);
    await addToClockOffset(context.dataSource.manager, step);
    await context.clock.refresh();
    await settleDue(context);
    rest -= step;
  } while (rest > 0);
}
