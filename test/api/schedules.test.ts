import fc from "fast-check";
import { setImmediate as nextTurn } from "node:timers/promises";
import { globalIdKey } from "../../src/resolvers/globalId";
import { executeCommand } from "../../src/services/requests/executeCommand";
import { settleDue } from "../../src/services/requests/settleDue";
import {
  act,
  actOnAll,
  addAccountsLike,
  dayFromNow,
  initiate,
  proposal,
  submit,
  type InitiateInput,
  type RecordMutation,
  type Submitted,
} from "../support/api/changes";
import { juniper } from "../support/api/package";
import { serialOrderOf, startingIn, type Act, type Answer, type Done } from "../support/serialOrder";
import { dana, kim, operator, startTestApi, unlimited, type TestApi, type TestNode } from "../support/api/testApi";
import { openTestServices, type TestServices } from "../support/api/testServices";

/**
 * Random schedules: whatever is done at two nodes at the same time, to one record or to a package of two, it comes out as if it
 * had been done one after the other, to both records in the same order.
 SOAK=1 tries more of them.
 */
const scheduleCount = process.env["SOAK"] ? 1_000 : 60;
const atOnce = 6;

interface Schedule {
  /** One for each record of the package. */
  readonly starts: readonly Start[];
  readonly steps: readonly Step[];
}

type Start = (typeof starts)[number];

interface Step {
  readonly act: Act;
  /** Where it is done. */
  readonly node: number;
  /** Whether the first record, or the last one, is left alone, if there is another. */
  readonly leaves: "first" | "last" | null;
  /** Whether records are named one by one: otherwise it is done to the whole request. */
  readonly named: boolean;
  /** Turns of the event loop before it is done. */
  readonly after: number;
}

const starts = ["IN_PROGRESS", "IN_PROGRESS", "ACCEPTED", "PENDING_MICROSOFT_REVIEW", "IN_GRACE_PERIOD"] as const;

const simple = [
  "ACCEPT",
  "DECLINE",
  "CANCEL",
  "UPDATE_NOTIFICATION_CONTACT",
  "START_REVIEW",
  "APPROVE",
  "REFUSE",
] as const;
const anyAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...simple).map((type) => ({ type })) },
  { weight: 2, arbitrary: fc.boolean().map((today) => ({ type: "AMEND_EFFECTIVE_DATE" as const, today })) },
  { weight: 3, arbitrary: fc.constantFrom("INITIATE", "EXPIRE", "FINISH_CANCELLATION").map((type) => ({ type })) },
);
const anyStep: fc.Arbitrary<Step> = fc.record({
  act: anyAct,
  node: fc.nat(1),
  leaves: fc.constantFrom("first", "last", null),
  named: fc.boolean(),
  after: fc.integer({ min: 0, max: 60 }),
});
const anySchedule: fc.Arbitrary<Schedule> = fc.record({
  starts: fc.array(fc.constantFrom(...starts), { minLength: 1, maxLength: 2 }),
  steps: fc.array(anyStep, { minLength: 3, maxLength: 7 }),
});
const seed = Number(process.env["SCHEDULES_SEED"] ?? Date.now() % 1_000_000);
const schedules = fc.sample(anySchedule, { numRuns: scheduleCount, seed });

let api: TestApi;
let nodes: readonly TestNode[];
let services: TestServices;
const accountsOf = (index: number) => schedules[index]?.starts.map((_, at) => `R${1_000 + 2 * index + at}`) ?? [];
beforeAll(async () => {
  api = await startTestApi({ worker: false, environment: unlimited });
  nodes = [api, await api.startNode()];
  services = await openTestServices(api.config.databaseUrl);
  await addAccountsLike(
    api,
    schedules.flatMap((_, index) => accountsOf(index)),
  );
});
afterAll(async () => {
  await services.close();
  await nodes[1]?.stop();
  await api.stop();
});

interface Subject extends Submitted {
  /** A request for the same accounts to another partner. */
  readonly again: InitiateInput;
}

async function prepare(accounts: readonly string[], { starts: wanted }: Schedule): Promise<Subject> {
  const again = await proposal(api, { accounts, pcn: juniper }); // its terms, while the accounts are free
  const { requestId, recordIds } = await submit(api, { accounts });
  const bring = async (by: string, mutation: RecordMutation, ...to: readonly Start[]) => {
    const those = recordIds.filter((_, at) => to.some((start) => start === wanted[at]));
    const input = { recordIds: those, ...(by === kim && { requestId }) };
    if (those.length > 0) await actOnAll(api, by, mutation, input);
  };
  await bring(kim, "acceptCocp", "ACCEPTED", "PENDING_MICROSOFT_REVIEW", "IN_GRACE_PERIOD");
  await bring(operator, "startCocpReview", "PENDING_MICROSOFT_REVIEW", "IN_GRACE_PERIOD");
  await bring(operator, "approveCocp", "IN_GRACE_PERIOD");
  return { requestId, recordIds, again };
}

const mutations = {
  ACCEPT: [kim, "acceptCocp"],
  DECLINE: [kim, "declineCocp"],
  CANCEL: [dana, "cancelCocp"],
  START_REVIEW: [operator, "startCocpReview"],
  APPROVE: [operator, "approveCocp"],
  REFUSE: [operator, "refuseCocp"],
} as const;

/** What may be done to a whole request, without naming its records. */
const ofRequest: readonly string[] = ["ACCEPT", "DECLINE", "CANCEL", "UPDATE_NOTIFICATION_CONTACT"];

/** What is done to which records of a package; `number` makes it unlike the others of the schedule. */
interface Doing {
  readonly step: Step;
  readonly on: readonly number[];
  readonly named: boolean;
  readonly subject: Subject;
  readonly number: number;
}

/** Does it, and gives each record's answer, if anybody is answered. */
async function perform({ step, on, named, subject, number }: Doing): Promise<Answer[] | null> {
  const { act: it, node } = step;
  const recordIds = on.map((at) => subject.recordIds[at] ?? "");
  const keys = recordIds.map((id) => globalIdKey("CocpRecord", id) ?? "");
  const answersTo = async (who: string, mutation: RecordMutation, more: object = {}) => {
    const { requestId } = subject;
    const those = who === operator ? { recordIds } : named ? { requestId, recordIds } : { requestId };
    const { records, userErrors } = await act(nodes[node] ?? api, who, mutation, { ...those, ...more });
    return recordIds.map((id) =>
      answerOf(
        records.some((record) => record.id === id),
        userErrors.find(({ recordId }) => recordId === id),
      ),
    );
  };
  switch (it.type) {
    case "INITIATE": {
      const input = { ...subject.again, changes: on.flatMap((at) => subject.again.changes[at] ?? []) };
      const { request, userErrors } = await initiate(nodes[node] ?? api, dana, input);
      return on.map((_, at) =>
        answerOf(
          request !== null,
          userErrors.find(({ field }) => field?.[1] === String(at)),
        ),
      );
    }
    case "EXPIRE":
      await services.dataSource.query(passTime, [keys]);
      return null;
    case "FINISH_CANCELLATION":
      await executeCommand(services, { type: "FINISH_CANCELLATION" }, { recordIds: keys }, null);
      return null;
    case "AMEND_EFFECTIVE_DATE": {
      const effectiveDate = dayFromNow(it.today ? 0 : 40 + number);
      return answersTo(operator, "amendCocpEffectiveDate", { effectiveDate, caseNumber: `CASE-${number}` });
    }
    case "UPDATE_NOTIFICATION_CONTACT": {
      const partnerNotificationContact = `contact-${number}@somewhere.example`;
      return answersTo(dana, "updatePartnerNotificationContact", { partnerNotificationContact });
    }
    default: {
      const [who, mutation] = mutations[it.type];
      return answersTo(who, mutation, { note: "Why" });
    }
  }
}

/** Locks in the order in which everybody does. */
const passTime = `UPDATE cocp_records SET expires_at = now() - interval '1 ms'
  WHERE id IN (SELECT id FROM cocp_records WHERE id = ANY($1) ORDER BY id FOR UPDATE)`;

const answerOf = (done: boolean, error: { code: string; message: string } | undefined): Answer => ({
  done,
  code: error?.code ?? null,
  message: error?.message ?? "",
});

async function outcomesOf({ recordIds }: Subject) {
  return await services.dataSource.query<{ status: string; events: string[]; more: number }[]>(
    `SELECT r.status, (SELECT array_agg(e.type ORDER BY e.sequence) FROM cocp_events e WHERE e.record_id = r.id) AS events,
      (SELECT count(*)::integer - 1 FROM cocp_records o WHERE o.billing_account_id = r.billing_account_id) AS more
      FROM cocp_records r WHERE r.id = ANY($1) ORDER BY array_position($1, r.id)`,
    [recordIds.map((id) => globalIdKey("CocpRecord", id))],
  );
}

/** Events that a record has by then. */
const before: Readonly<Record<Start, number>> = {
  IN_PROGRESS: 1,
  ACCEPTED: 2,
  PENDING_MICROSOFT_REVIEW: 3,
  IN_GRACE_PERIOD: 4,
};

/** Orders what begins and ends: no two moments are the same. */
let moment = 0;
const nextMoment = () => (moment += 1);

/** Runs a schedule; what came of it that no order explains, or null. */
async function run(schedule: Schedule, index: number): Promise<string | null> {
  const subject = await prepare(accountsOf(index), schedule);
  const done: Done[] = await Promise.all(
    schedule.steps.map(async (step, number) => {
      const places = [...schedule.starts.keys()];
      const left = { first: 0, last: places.length - 1 };
      const isPart = places.length > 1 && step.leaves !== null;
      const on = isPart ? places.filter((at) => step.leaves === null || at !== left[step.leaves]) : places;
      const named = isPart || step.named || !ofRequest.includes(step.act.type);
      for (let turn = 0; turn < step.after; turn += 1) await nextTurn();
      const from = nextMoment();
      const answers = await perform({ step, on, named, subject, number });
      return { act: step.act, on, named, from, to: nextMoment(), answers };
    }),
  );
  await settleDue(services);
  const outcomes = (await outcomesOf(subject)).map(({ events, ...rest }, at) => {
    const start = schedule.starts[at] ?? "IN_PROGRESS";
    return { ...rest, events: events.slice(before[start]) };
  });
  const order = serialOrderOf(schedule.starts.map(startingIn), done, outcomes);
  return order === null ? JSON.stringify({ starts: schedule.starts, done, outcomes }, null, 1) : null;
}

test(`of ${scheduleCount} random schedules, each comes out as some order, one after the other, would (seed ${seed})`, async () => {
  const strange: string[] = [];
  const waiting = [...schedules.entries()];
  const lane = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const problem = await run(next[1], next[0]);
      if (problem !== null) strange.push(problem);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  expect(strange.slice(0, 3).join("\n")).toBe("");
});
