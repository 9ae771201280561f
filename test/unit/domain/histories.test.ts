import fc from "fast-check";
import type { CocpCommand, CommandType } from "../../../src/domain/commands";
import { startOfDate, utcDate } from "../../../src/domain/dates";
import type { CocpEvent } from "../../../src/domain/events";
import { begin, evolve } from "../../../src/domain/evolve";
import { openStatuses } from "../../../src/domain/model";
import type { CocpRecord, Standing } from "../../../src/domain/record";
import { endings, legalMoves } from "./legalMoves";
import { actors, commands, context, goodStanding, initiated, send, submittedAt } from "./support";

/** Something that somebody does some time after the step before. EXPIRE and COMPLETE come by time alone. */
interface Step {
  readonly type: Exclude<CommandType, "EXPIRE" | "COMPLETE">;
  readonly as: keyof typeof actors;
  readonly hours: number;
  /** For an amendment: days from then. */
  readonly days: number;
  readonly standing: Standing;
}

const types = (Object.keys(commands) as CommandType[]).filter((type) => type !== "EXPIRE" && type !== "COMPLETE");
const rightful = fc.constantFrom<[Step["type"], Step["as"]][]>(
  ["ACCEPT", "NEW_PARTNER"],
  ["DECLINE", "NEW_PARTNER"],
  ["CANCEL", "CUSTOMER"],
  ["UPDATE_NOTIFICATION_CONTACT", "CUSTOMER"],
  ["FINISH_CANCELLATION", "SYSTEM"],
  ["START_REVIEW", "OPERATIONS"],
  ["APPROVE", "OPERATIONS"],
  ["REFUSE", "OPERATIONS"],
  ["AMEND_EFFECTIVE_DATE", "OPERATIONS"],
);
const anybody = fc.tuple(
  fc.constantFrom(...types),
  fc.constantFrom(...(Object.keys(actors) as (keyof typeof actors)[])),
);
const standing: fc.Arbitrary<Standing> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(goodStanding) },
  fc.record({
    agreementStatus: fc.constantFrom("ACTIVE", "EXPIRED", "ENDED"),
    agreementEndDate: fc.constantFrom("2026-12-31", "2027-02-20", "2029-06-30"),
    newPartnerAllowed: fc.boolean(),
  }),
);
const step: fc.Arbitrary<Step> = fc
  .record({
    who: fc.oneof({ weight: 5, arbitrary: rightful }, anybody),
    hours: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 48 }) }, fc.integer({ min: 0, max: 24 * 60 })),
    days: fc.integer({ min: -2, max: 60 }),
    standing,
  })
  .map(({ who: [type, as], ...rest }) => ({ type, as, ...rest }));

const days = (at: Date, count: number) => utcDate(new Date(at.getTime() + count * 86_400_000));

function commandOf({ type, days: count }: Step, at: Date): CocpCommand {
  return type === "AMEND_EFFECTIVE_DATE" ? { ...commands[type], effectiveDate: days(at, count) } : commands[type];
}

/** All events of a record to which these steps happened, and the record that they left. */
function live(steps: readonly Step[]): { events: CocpEvent[]; record: CocpRecord } {
  const first = initiated();
  const events: CocpEvent[] = [first];
  let record = begin("record-1", first);
  let at = submittedAt;
  for (const one of steps) {
    at = new Date(at.getTime() + one.hours * 3_600_000);
    const outcome = send(record, commandOf(one, at), context(actors[one.as], at, one.standing));
    events.push(...outcome.events);
    record = outcome.record;
  }
  return { events, record };
}

/** For every history of up to 12 steps. */
function always(check: (history: { events: CocpEvent[]; record: CocpRecord }) => void): void {
  const steps = fc.array(step, { maxLength: 12, size: "max" });
  fc.assert(fc.property(steps.map(live), check), { numRuns: 500 });
}

test("a record only ever moves as the design allows", () => {
  const allowed = new Set(legalMoves.map(([from, , event, to]) => `${from} ${event} ${to}`));
  always(({ events: [, ...events] }) => {
    const strange = events.map(({ previousStatus, type, status }) => `${previousStatus} ${type} ${status}`);
    expect(strange.filter((move) => !allowed.has(move))).toEqual([]);
  });
});

test("each event begins where the one before it ended, and never earlier", () => {
  always(({ events }) => {
    events.slice(1).forEach((event, index) => {
      expect(event.previousStatus).toBe(events[index]?.status);
      expect(event.occurredAt.getTime()).toBeGreaterThanOrEqual(events[index]?.occurredAt.getTime() ?? Infinity);
    });
  });
});

test("nothing happens to a record after its end", () => {
  always(({ events }) => {
    const end = events.findIndex(({ status }) => endings.includes(status));
    if (end >= 0) expect(events).toHaveLength(end + 1);
  });
});

test("the version counts the events", () => {
  always(({ events, record }) => expect(record.version).toBe(events.length));
});

test("replaying a record's events, read back from JSON, gives the record", () => {
  always(({ events, record }) => {
    const [first, ...rest] = events.map((event) => {
      const stored = JSON.parse(JSON.stringify(event));
      return { ...stored, occurredAt: new Date(stored.occurredAt) } as CocpEvent;
    });
    if (first?.type !== "INITIATED") throw new Error("A history begins with INITIATED");
    expect(rest.reduce(evolve, begin("record-1", first))).toEqual(record);
  });
});

test("a record is closed by somebody exactly when it is open no more", () => {
  always(({ record }) => {
    expect(record.closedBy === null).toBe(openStatuses.some((status) => status === record.status));
  });
});

test("no change is backdated: neither approval nor completion comes before the effective date says so", () => {
  always(({ events }) => {
    for (const { type, occurredAt, effectiveDate } of events) {
      if (type === "APPROVED") expect(effectiveDate >= utcDate(occurredAt)).toBe(true);
      if (type === "COMPLETED")
        expect(occurredAt.getTime()).toBeGreaterThanOrEqual(startOfDate(effectiveDate).getTime());
    }
  });
});

test("the histories tried reach every status", () => {
  const reached = new Set(
    fc
      .sample(fc.array(step, { maxLength: 12, size: "max" }).map(live), { numRuns: 2000, seed: 1 })
      .flatMap(({ events }) => events.map(({ status }) => status)),
  );
  expect(reached.size).toBe(9);
});
