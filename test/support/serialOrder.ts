import { legalMoves, repetitions } from "../unit/domain/legalMoves";
import type { CommandType } from "../../src/domain/commands";

/** Something that was done to a record while other things were: what, when, and how it was answered. */
export interface Done {
  readonly act: Act;
  /** By one clock: what ended before another began came before it. */
  readonly from: number;
  readonly to: number;
  /** Null: nobody is answered. */
  readonly answer: Answer | null;
}

export type Act =
  | { readonly type: Exclude<CommandType, "EXPIRE" | "COMPLETE" | "AMEND_EFFECTIVE_DATE"> }
  | { readonly type: "AMEND_EFFECTIVE_DATE"; readonly today: boolean }
  /** A new request for the account. */
  | { readonly type: "INITIATE" }
  /** The time to answer is over. */
  | { readonly type: "EXPIRE" };

export interface Answer {
  readonly done: boolean;
  /** What the refusal says. */
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
 * An order, one after the other, in which the same answers and the same outcome would have come about, none of what was over
 * before something else began put after it; null when there is none. By the rules as `legalMoves` has them.
 */
export function serialOrderOf(start: State, done: readonly Done[], outcome: Outcome): Act[] | null {
  if (done.length === 0) return isSame(start, outcome) ? [] : null;
  for (const next of done) {
    if (done.some((other) => other !== next && other.to < next.from)) continue;
    const { state, answer } = apply(next.act, start);
    if (!fits(next.answer, answer)) continue;
    const rest = serialOrderOf(
      state,
      done.filter((other) => other !== next),
      outcome,
    );
    if (rest !== null) return [next.act, ...rest];
  }
  return null;
}

const isSame = (state: State, { status, events, more }: Outcome) =>
  state.status === status && state.more === more && state.events.join() === events.join();

/** What must be answered: it is done, or it is refused with one of these codes and names the status. */
type Expected = { readonly done: true } | { readonly done: false; readonly code: string; readonly status: string };

function fits(answer: Answer | null, expected: Expected): boolean {
  if (answer === null || answer.done) return answer === null || expected.done;
  return !expected.done && answer.code === expected.code && answer.message.includes(expected.status);
}

function apply(act: Act, state: State): { state: State; answer: Expected } {
  if (act.type === "INITIATE") return initiate(state);
  const { status } = state;
  const move = legalMoves.find(([from, command]) => from === status && command === act.type);
  if (move === undefined) {
    const isDone =
      (repetitions[act.type]?.some((one) => one === status) || isRefused(act, state)) && !isOthers(act, state);
    const code =
      status === "EXPIRED" && (act.type === "ACCEPT" || act.type === "DECLINE") ? "DEADLINE_PASSED" : "INVALID_STATUS";
    return { state, answer: isDone ? { done: true } : { done: false, code, status } };
  }
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

function initiate(state: State): { state: State; answer: Expected } {
  const isFree = ["DECLINED", "CANCELED", "EXPIRED", "COMPLETED"].includes(state.status) && state.more === 0;
  if (isFree) return { state: { ...state, more: 1 }, answer: { done: true } };
  return { state, answer: { done: false, code: "BILLING_ACCOUNT_NOT_ELIGIBLE", status: "" } };
}
