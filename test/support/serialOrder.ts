import { legalMoves, repetitions } from "../unit/domain/legalMoves";
import type { CommandType } from "../../src/domain/commands";

/** Something that was done to records of a package while other things were: what, when, and how it was answered. */
export interface Done {
  readonly act: Act;
  /**
   * Places of the records in the package, and whether they were named one by one: of a whole request, those that
   * can't take it are passed over.
   */
  readonly on: readonly number[];
  readonly named: boolean;
  /** By one clock: what ended before another began came before it. */
  readonly from: number;
  readonly to: number;
  /** Of each of these records; null: nobody is answered. */
  readonly answers: readonly Answer[] | null;
}

export type Act =
  | { readonly type: Exclude<CommandType, "EXPIRE" | "COMPLETE" | "AMEND_EFFECTIVE_DATE"> }
  | { readonly type: "AMEND_EFFECTIVE_DATE"; readonly today: boolean }
  /** A new request for the accounts, all or none. */
  | { readonly type: "INITIATE" }
  /** The time to answer is over. */
  | { readonly type: "EXPIRE" };

export interface Answer {
  readonly done: boolean;
  /** What the refusal says; null: nothing is said of this record. */
  readonly code: string | null;
  readonly message: string;
}

/** Where a record, and its account, ended up. */
export interface Outcome {
  readonly status: string;
  readonly events: readonly string[];
  /** Requests of the account after the first one. */
  readonly more: number;
}

interface State extends Outcome {
  readonly closedByOperations: boolean;
  /** Whether its effective date has come. */
  readonly isDue: boolean;
}

/** A record as it was before, in one of the open statuses. */
export function startingIn(status: string): State {
  return { status, events: [], more: 0, closedByOperations: false, isDue: false };
}

/**
 * An order, one after the other, in which the same answers and the same outcome of every record would have come
 * about, none of what was over before something else began put after it; null when there is none. By the rules as
 * `legalMoves` has them.
 */
export function serialOrderOf(
  starts: readonly State[],
  done: readonly Done[],
  outcomes: readonly Outcome[],
): Act[] | null {
  if (done.length === 0) return starts.every((start, at) => isSame(start, outcomes[at])) ? [] : null;
  for (const next of done) {
    if (done.some((other) => other !== next && other.to < next.from)) continue;
    const { states, answers } = apply(next, starts);
    if (next.answers?.every((answer, at) => fits(answer, answers[at])) === false) continue;
    const rest = serialOrderOf(
      states,
      done.filter((other) => other !== next),
      outcomes,
    );
    if (rest !== null) return [next.act, ...rest];
  }
  return null;
}

const isSame = ({ status, events, more }: State, outcome: Outcome | undefined) =>
  outcome?.status === status && outcome.more === more && outcome.events.join() === events.join();

/**
 * What must be answered: it is done, or it is refused with one of these codes and names the status; null: nothing is
 * said.
 */
type Expected =
  { readonly done: true } | { readonly done: false; readonly code: string; readonly status: string } | null;

function fits({ done, code, message }: Answer, expected: Expected | undefined): boolean {
  if (expected === undefined) return false;
  if (expected === null) return !done && code === null;
  return expected.done ? done : !done && code === expected.code && message.includes(expected.status);
}

/** The package's states after it, and what must be answered for each record that it was done to. */
function apply(
  { act, on, named }: Done,
  states: readonly State[],
): {
  states: readonly State[];
  answers: readonly Expected[];
} {
  const before = on.map((at) => states[at] ?? startingIn("none"));
  const each = act.type === "INITIATE" ? initiate(before) : before.map((state) => applyTo(state, act));
  const isPassedOver = (answer: Expected) => !named && answer?.done === false && each.some(isDone);
  return {
    states: states.map((state, at) => each[on.indexOf(at)]?.state ?? state),
    answers: each.map(({ answer }) => (isPassedOver(answer) ? null : answer)),
  };
}

interface Step {
  readonly state: State;
  readonly answer: Expected;
}

const isDone = ({ answer }: Step) => answer?.done === true;

function applyTo(state: State, act: Exclude<Act, { readonly type: "INITIATE" }>): Step {
  const { status } = state;
  const move = legalMoves.find(([from, command]) => from === status && command === act.type);
  if (move === undefined) {
    const wasDone =
      (repetitions[act.type]?.some((one) => one === status) || isRefused(act, state)) && !isOthers(act, state);
    const code =
      status === "EXPIRED" && (act.type === "ACCEPT" || act.type === "DECLINE") ? "DEADLINE_PASSED" : "INVALID_STATUS";
    return { state, answer: wasDone ? { done: true } : { done: false, code, status } };
  }
  // Every other date is amended to once.
  if (act.type === "AMEND_EFFECTIVE_DATE" && act.today && state.isDue) return { state, answer: { done: true } };
  const [, , event, to] = move;
  const moved: State = {
    ...state,
    status: to,
    events: [...state.events, event],
    closedByOperations: act.type === "REFUSE",
    isDue: act.type === "AMEND_EFFECTIVE_DATE" ? act.today : state.isDue,
  };
  return { state: settled(moved), answer: { done: true } };
}

const isRefused = ({ type }: Act, state: State) =>
  type === "REFUSE" && state.status === "CANCELED" && state.closedByOperations;
/** Canceled, but by operations: not what the customer asked for. */
const isOthers = ({ type }: Act, state: State) =>
  type === "CANCEL" && state.status === "CANCELED" && state.closedByOperations;

function settled(state: State): State {
  if (state.status !== "IN_GRACE_PERIOD" || !state.isDue) return state;
  return { ...state, status: "COMPLETED", events: [...state.events, "COMPLETED"] };
}

function initiate(states: readonly State[]): Step[] {
  const isFree = ({ status, more }: State) =>
    ["DECLINED", "CANCELED", "EXPIRED", "COMPLETED"].includes(status) && more === 0;
  if (states.every(isFree)) return states.map((state) => ({ state: { ...state, more: 1 }, answer: { done: true } }));
  const blocked = { done: false, code: "BILLING_ACCOUNT_NOT_ELIGIBLE", status: "" } as const;
  return states.map((state) => ({ state, answer: isFree(state) ? null : blocked }));
}
