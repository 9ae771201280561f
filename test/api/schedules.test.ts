import fc from "fast-check";
import { setTimeout as pause } from "node:timers/promises";
import { keyOf } from "../../src/resolvers/globalId";
import { executeCommand } from "../../src/services/executeCommand";
import { settleDue } from "../../src/services/settleDue";
import {
  act,
  actOnAll,
  addAccountsLike,
  dayFromNow,
  initiate,
  proposal,
  submit,
  type InitiateInput,
} from "../support/changes";
import { juniper } from "../support/package";
import { serialOrderOf, startingIn, type Act, type Answer, type Done } from "../support/serialOrder";
import { dana, kim, operator, startTestApi, unlimited, type TestApi } from "../support/testApi";
import { openTestServices, type TestServices } from "../support/testServices";

/** Random schedules: whatever is done to a record at the same time, it comes out as if it had been done one after the other. */
const scheduleCount = 200;
const atOnce = 6;

interface Schedule {
  readonly start: (typeof starts)[number];
  readonly steps: readonly { readonly act: Act; readonly after: number }[];
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
const anySchedule: fc.Arbitrary<Schedule> = fc.record({
  start: fc.constantFrom(...starts),
  steps: fc.array(fc.record({ act: anyAct, after: fc.integer({ min: 0, max: 12 }) }), { minLength: 3, maxLength: 7 }),
});
const seed = Number(process.env["SCHEDULES_SEED"] ?? Date.now() % 1_000_000);
const schedules = fc.sample(anySchedule, { numRuns: scheduleCount, seed });

let api: TestApi;
let services: TestServices;
const accountOf = (index: number) => `R${1_000 + index}`;
beforeAll(async () => {
  api = await startTestApi({ worker: false, environment: unlimited });
  services = await openTestServices(api.config.databaseUrl);
  await addAccountsLike(
    api,
    schedules.map((_, index) => accountOf(index)),
  );
});
afterAll(async () => {
  await services.close();
  await api.stop();
});

interface Subject {
  readonly requestId: string;
  readonly recordId: string;
  /** A request for the same account to another partner. */
  readonly again: InitiateInput;
}

async function prepare(index: number, start: string): Promise<Subject> {
  const accounts = [accountOf(index)];
  const again = await proposal(api, { accounts, pcn: juniper }); // its terms, while the account is free
  const { requestId, recordIds } = await submit(api, { accounts });
  if (start !== "IN_PROGRESS") await actOnAll(api, kim, "acceptCocp", { requestId });
  if (["PENDING_MICROSOFT_REVIEW", "IN_GRACE_PERIOD"].includes(start)) {
    await actOnAll(api, operator, "startCocpReview", { recordIds });
  }
  if (start === "IN_GRACE_PERIOD") await actOnAll(api, operator, "approveCocp", { recordIds });
  return { requestId, recordId: recordIds[0] ?? "", again };
}

const mutations = {
  ACCEPT: [kim, "acceptCocp"],
  DECLINE: [kim, "declineCocp"],
  CANCEL: [dana, "cancelCocp"],
  START_REVIEW: [operator, "startCocpReview"],
  APPROVE: [operator, "approveCocp"],
  REFUSE: [operator, "refuseCocp"],
} as const;

/** Does it, and gives the answer, if anybody is answered. `number` makes it unlike the others of the schedule. */
async function perform(it: Act, { requestId, recordId, again }: Subject, number: number): Promise<Answer | null> {
  const key = keyOf("CocpRecord", recordId) ?? "";
  switch (it.type) {
    case "INITIATE": {
      const { request, userErrors } = await initiate(api, dana, again);
      return answerOf(request !== null, userErrors);
    }
    case "EXPIRE":
      await services.dataSource.query("UPDATE cocp_records SET expires_at = now() - interval '1 ms' WHERE id = $1", [
        key,
      ]);
      return null;
    case "FINISH_CANCELLATION":
      await executeCommand(services, { type: "FINISH_CANCELLATION" }, { recordIds: [key] }, null);
      return null;
    case "AMEND_EFFECTIVE_DATE": {
      const effectiveDate = dayFromNow(it.today ? 0 : 40 + number);
      return answerTo(operator, "amendCocpEffectiveDate", {
        recordIds: [recordId],
        effectiveDate,
        caseNumber: `CASE-${number}`,
      });
    }
    case "UPDATE_NOTIFICATION_CONTACT": {
      const partnerNotificationContact = `contact-${number}@somewhere.example`;
      return answerTo(dana, "updatePartnerNotificationContact", { requestId, partnerNotificationContact });
    }
    default: {
      const [who, mutation] = mutations[it.type];
      const input = who === operator ? { recordIds: [recordId], note: "Why" } : { requestId };
      return answerTo(who, mutation, input);
    }
  }
}

async function answerTo(
  ...[who, mutation, input]: Parameters<typeof act> extends [TestApi, ...infer Rest] ? Rest : never
) {
  const { records, userErrors } = await act(api, who, mutation, input);
  return answerOf(records.length > 0, userErrors);
}

const answerOf = (done: boolean, [error]: { code: string; message: string }[]): Answer => ({
  done,
  code: error?.code ?? null,
  message: error?.message ?? "",
});

async function outcomeOf({ recordId }: Subject, index: number) {
  const key = keyOf("CocpRecord", recordId);
  const [row] = await services.dataSource.query<{ status: string; events: string[]; more: number }[]>(
    `SELECT r.status, (SELECT array_agg(e.type ORDER BY e.sequence) FROM cocp_events e WHERE e.record_id = r.id) AS events,
      (SELECT count(*)::integer - 1 FROM cocp_records o WHERE o.billing_account_id = r.billing_account_id) AS more
      FROM cocp_records r WHERE r.id = $1`,
    [key],
  );
  if (row === undefined) throw new Error(`There is no record of ${accountOf(index)}`);
  return row;
}

const before: Readonly<Record<string, number>> = {
  IN_PROGRESS: 1,
  ACCEPTED: 2,
  PENDING_MICROSOFT_REVIEW: 3,
  IN_GRACE_PERIOD: 4,
};

/** Runs a schedule; what came of it that no order explains, or null. */
async function run({ start, steps }: Schedule, index: number): Promise<string | null> {
  const subject = await prepare(index, start);
  const done: Done[] = await Promise.all(
    steps.map(async ({ act: it, after }, number) => {
      await pause(after);
      const from = performance.now();
      const answer = await perform(it, subject, number);
      return { act: it, from, to: performance.now(), answer };
    }),
  );
  await settleDue(services);
  const { events, ...rest } = await outcomeOf(subject, index);
  const outcome = { ...rest, events: events.slice(before[start]) };
  const order = serialOrderOf(startingIn(start), done, outcome);
  return order === null ? JSON.stringify({ start, done, outcome }, null, 1) : null;
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
}, 120_000);
