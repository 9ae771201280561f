import { setTimeout as pause } from "node:timers/promises";
import { addToClockOffset, isCommitted, withClockLock } from "../db/clock/sandboxClock";
import { BadInputError } from "../domain/errors";
import { ConcurrencyLimit } from "./concurrencyLimit";
import type { ServiceContext } from "./serviceContext";
import { settleDue } from "./requests/settleDue";
import { isUnavailable, UnavailableError } from "./unavailable";

const minute = 60_000;
const day = 24 * 60 * minute;
/** Days that one call may move the clock. */
const maxDays = 400;
/** A move is resumed this often after the database was out of reach, with pauses of `resumeAfter` milliseconds. */
const maxResumptions = 240;
const resumeAfter = 250;

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
 * settled. Calls run one after the other, and add up. A call whose connection is lost resumes where it was, for at
 * least a minute. Throws BadInputError for a negative part or more than 400 days.
 */
export async function advanceSandboxClock(context: ServiceContext, advance: ClockAdvance): Promise<Date> {
  for (const part of ["days", "hours", "minutes"] as const) {
    if (advance[part] < 0) throw new BadInputError("The clock only moves forward.", ["input", part]);
  }
  const milliseconds = advance.days * day + advance.hours * 60 * minute + advance.minutes * minute;
  if (milliseconds > maxDays * day) throw new BadInputError(`Move the clock at most ${maxDays} days.`, ["input"]);
  await oneAtATime.run("clock", () => moveToTheEnd(new ClockMove(context, milliseconds), context));
  return context.clock.now();
}

/** Resumes a move until it is complete. Throws what ended it when the database stays out of reach, or was closed. */
async function moveToTheEnd(move: ClockMove, context: ServiceContext): Promise<void> {
  const { dataSource } = context.dataSource.manager;
  for (let resumptions = 0; ; resumptions += 1) {
    try {
      return await withClockLock(dataSource, () => move.resume());
    } catch (error) {
      if (!isUnavailable(error) || !dataSource.isInitialized || resumptions === maxResumptions) throw error;
    }
    await pause(resumeAfter);
  }
}

/** A move of the clock, in steps of a day. Each step is one transaction, and counts once even if its answer is lost. */
class ClockMove {
  readonly #context: ServiceContext;
  #remaining: number;
  /** The step whose commit was not confirmed yet. */
  #unconfirmed: { readonly transactionId: string; readonly milliseconds: number } | null = null;

  constructor(context: ServiceContext, milliseconds: number) {
    this.#context = context;
    this.#remaining = milliseconds;
  }

  /** Goes on where it was interrupted: what is due by now is settled before the next day. */
  async resume(): Promise<void> {
    await this.#confirm();
    await this.#settle();
    while (this.#remaining > 0) {
      const milliseconds = Math.min(this.#remaining, day);
      await addToClockOffset(this.#context.dataSource.manager, milliseconds, (transactionId) => {
        this.#unconfirmed = { transactionId, milliseconds };
      });
      this.#remaining -= milliseconds;
      this.#unconfirmed = null;
      await this.#settle();
    }
  }

  /** Throws UnavailableError while the step's transaction still runs. */
  async #confirm(): Promise<void> {
    if (this.#unconfirmed === null) return;
    const { transactionId, milliseconds } = this.#unconfirmed;
    const committed = await isCommitted(this.#context.dataSource.manager, transactionId);
    if (committed === null) throw new UnavailableError("A step of the clock is not committed yet");
    if (committed) this.#remaining -= milliseconds;
    this.#unconfirmed = null;
  }

  async #settle(): Promise<void> {
    await this.#context.clock.refresh();
    await settleDue(this.#context);
  }
}
