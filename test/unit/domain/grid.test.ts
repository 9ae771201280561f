import type { CommandType } from "../../../src/domain/commands";
import { decide } from "../../../src/domain/decide";
import { CocpStatus } from "../../../src/domain/model";
import type { CocpRecord } from "../../../src/domain/record";
import { transitions } from "../../../src/domain/transitions";
import { legalMoves, repetitions, senders } from "./legalMoves";
import { actors, commands, context, errorOf, recordIn, refusedRecord } from "./support";

const statuses = Object.keys(CocpStatus) as CocpStatus[];
const commandTypes = Object.keys(commands) as CommandType[];
const cells = statuses.flatMap((status) => commandTypes.map((type) => [status, type] as const));

/** What each party's command does to a record: "EVENT -> STATUS", "nothing" or the error. */
function outcomes(record: CocpRecord, type: CommandType): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(actors).map(([party, actor]) => {
      const act = () => decide(commands[type], record, context(actor));
      const error = errorOf(act);
      if (error !== null) return [party, error];
      const [event, ...more] = act();
      expect(more).toEqual([]);
      return [party, event === undefined ? "nothing" : `${event.type} -> ${event.status}`];
    }),
  );
}

/** The same by the hand-written rules, for the party whose command it is. */
function expected(status: CocpStatus, type: CommandType): string {
  const move = legalMoves.find(([from, command]) => from === status && command === type);
  if (move !== undefined) return `${move[2]} -> ${move[3]}`;
  if (repetitions[type]?.includes(status)) return "nothing";
  return status === "EXPIRED" && (type === "ACCEPT" || type === "DECLINE") ? "DEADLINE_PASSED" : "INVALID_STATUS";
}

const noOne = Object.fromEntries(Object.keys(actors).map((party) => [party, "NOT_ALLOWED"]));

describe("every command to a record in every status, by every party", () => {
  test.each(cells)("%s: %s", (status, type) => {
    expect(outcomes(recordIn(status), type)).toEqual({ ...noOne, [senders[type]]: expected(status, type) });
  });

  test.each(commandTypes)("CANCELED by operations: %s", (type) => {
    const known = { REFUSE: "nothing", FINISH_CANCELLATION: "nothing" } as Partial<Record<CommandType, string>>;
    expect(outcomes(refusedRecord(), type)).toEqual({ ...noOne, [senders[type]]: known[type] ?? "INVALID_STATUS" });
  });
});

test("the table leaves a status only by the moves of the design", () => {
  const moves = Object.entries(transitions).flatMap(([type, { from, to, event }]) =>
    from.map((status) => [status, type, event, to === "UNCHANGED" ? status : to]),
  );
  expect(moves.sort()).toEqual([...legalMoves].map((move) => [...move]).sort());
});

test("a person with several parts may do what any of them may", () => {
  const both = { ...actors.NEW_PARTNER, parties: new Set(["CUSTOMER", "NEW_PARTNER"] as const) };
  expect(decide(commands.ACCEPT, recordIn("IN_PROGRESS"), context(both))).toMatchObject([{ actor: "NEW_PARTNER" }]);
  expect(decide(commands.CANCEL, recordIn("IN_PROGRESS"), context(both))).toMatchObject([{ actor: "CUSTOMER" }]);
});

test("an error about the status names the present one", () => {
  expect(() => decide(commands.CANCEL, recordIn("ACCEPTED"), context(actors.CUSTOMER))).toThrow(
    "The record is ACCEPTED; this is possible only while it is IN_PROGRESS.",
  );
});
