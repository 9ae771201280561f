import type { CommandType } from "../../src/domain/commands";
import { CocpStatus } from "../../src/domain/model";
import { globalIdKey } from "../../src/resolvers/globalId";
import { executeCommand } from "../../src/services/requests/executeCommand";
import {
  actOnAll,
  addAccountsLike,
  approve,
  complete,
  dayFromNow,
  mutationOf,
  submit,
  type RecordMutation,
  type Submitted,
} from "../support/api/changes";
import {
  dana,
  elena,
  joan,
  kim,
  mei,
  nobody,
  operator,
  rafael,
  sam,
  startTestApi,
  stellan,
  unlimited,
  type TestApi,
} from "../support/api/testApi";
import { openTestServices, type TestServices } from "../support/api/testServices";
import { legalMoves, repetitions } from "../unit/domain/legalMoves";

/** Every mutation on a record in every status, by the party whose it is and by everybody else, through the API. */

const mutations: readonly [RecordMutation, CommandType][] = [
  ["acceptCocp", "ACCEPT"],
  ["declineCocp", "DECLINE"],
  ["cancelCocp", "CANCEL"],
  ["updatePartnerNotificationContact", "UPDATE_NOTIFICATION_CONTACT"],
  ["resendPartnerNotification", "UPDATE_NOTIFICATION_CONTACT"],
  ["startCocpReview", "START_REVIEW"],
  ["approveCocp", "APPROVE"],
  ["refuseCocp", "REFUSE"],
  ["amendCocpEffectiveDate", "AMEND_EFFECTIVE_DATE"],
];
const ofPartners: readonly RecordMutation[] = ["acceptCocp", "declineCocp"];
const ofCustomers: readonly RecordMutation[] = [
  "cancelCocp",
  "updatePartnerNotificationContact",
  "resendPartnerNotification",
];
const ownerOf = (name: RecordMutation) =>
  ofPartners.includes(name) ? kim : ofCustomers.includes(name) ? dana : operator;

const statuses = Object.keys(CocpStatus) as CocpStatus[];
const accountsOf = (status: CocpStatus) => mutations.map(([name]) => `${status}-${name}`.slice(0, 32));

let api: TestApi;
let services: TestServices;
beforeAll(async () => {
  api = await startTestApi({ worker: false, environment: unlimited });
  services = await openTestServices(api.config.databaseUrl);
  await addAccountsLike(api, statuses.flatMap(accountsOf));
});
afterAll(async () => {
  await services.close();
  await api.stop();
});

/** How a submitted request comes into a status. */
const ways: Readonly<Record<CocpStatus, (submitted: Submitted) => Promise<unknown>>> = {
  IN_PROGRESS: async () => {},
  ACCEPTED: ({ requestId }) => actOnAll(api, kim, "acceptCocp", { requestId }),
  DECLINED: ({ requestId }) => actOnAll(api, kim, "declineCocp", { requestId }),
  PENDING_MICROSOFT_REVIEW: async ({ requestId, recordIds }) => {
    await actOnAll(api, kim, "acceptCocp", { requestId });
    await actOnAll(api, operator, "startCocpReview", { recordIds });
  },
  IN_GRACE_PERIOD: (submitted) => approve(api, submitted),
  COMPLETED: (submitted) => complete(api, submitted),
  CANCELLATION_IN_PROGRESS: ({ requestId }) => actOnAll(api, dana, "cancelCocp", { requestId }),
  CANCELED: async ({ requestId }) => {
    await actOnAll(api, dana, "cancelCocp", { requestId });
    await executeCommand(services, { type: "FINISH_CANCELLATION" }, { requestId }, null);
  },
  EXPIRED: ({ requestId }) => api.rows("UPDATE cocp_records SET expires_at = now() WHERE request_id = $1", [requestId]),
};

async function inStatus(status: CocpStatus): Promise<Submitted> {
  const submitted = await submit(api, { accounts: accountsOf(status) });
  await ways[status](submitted);
  return submitted;
}

/** What a person's mutation comes to: the status that it gives, or why it is refused. */
async function outcome(who: string, name: RecordMutation, requestId: string, recordId: string | undefined) {
  const recordIds = [recordId];
  const inputs: Partial<Record<RecordMutation, object>> = {
    updatePartnerNotificationContact: { requestId, recordIds, partnerNotificationContact: "new@harrowgate.example" },
    amendCocpEffectiveDate: { recordIds, effectiveDate: dayFromNow(40), caseNumber: "CASE-7" },
    resendPartnerNotification: { requestId, recordIds },
  };
  const usual = ownerOf(name) === operator ? { recordIds, note: "Why" } : { requestId, recordIds, note: "Why" };
  const { data, errors } = await api.ask(who, mutationOf(name), { input: inputs[name] ?? usual });
  if (errors !== undefined) return errors[0]?.extensions["code"];
  const { records, userErrors } = data[name];
  return records[0]?.status ?? userErrors[0]?.code;
}

/**
 * The types of the events of records, in their order; not that time was over, which whoever looks first writes down.
 */
async function histories(recordIds: readonly string[]): Promise<string[][]> {
  const rows = await api.rows<{ id: string; types: string[] }>(
    "SELECT record_id AS id, array_agg(type ORDER BY sequence) AS types FROM cocp_events WHERE type <> 'EXPIRED' GROUP BY record_id",
  );
  return recordIds.map((recordId) => rows.find(({ id }) => id === globalIdKey("CocpRecord", recordId))?.types ?? []);
}

/**
 * By the rules as they are written by hand once more: the status after it, and the event if there is one; or the
 * refusal.
 */
function expected(
  name: RecordMutation,
  type: CommandType,
  status: CocpStatus,
): [outcome: string, event: string | null] {
  const move = legalMoves.find(([from, command]) => from === status && command === type);
  if (move !== undefined) return [move[3], name === "resendPartnerNotification" ? null : move[2]];
  if (repetitions[type]?.includes(status)) return [status, null];
  return [status === "EXPIRED" && ofPartners.includes(name) ? "DEADLINE_PASSED" : "INVALID_STATUS", null];
}

const outsiders = [elena, mei, sam, stellan, rafael, joan, nobody, kim, dana, operator];
const partnerUsers = [elena, mei, sam, kim];
const administrators = [stellan, rafael, dana];

/** Why somebody's mutation is refused whose it is not. Null: it is theirs. */
function refusal(who: string, name: RecordMutation, status: CocpStatus): string | null {
  if (ownerOf(name) === who) return null;
  const mayCall = ofPartners.includes(name)
    ? partnerUsers.includes(who)
    : ofCustomers.includes(name) && administrators.includes(who);
  if (!mayCall) return "FORBIDDEN";
  const sees = who === sam || (who === elena && ["IN_GRACE_PERIOD", "COMPLETED"].includes(status));
  return sees ? "NOT_ALLOWED" : "REQUEST_NOT_FOUND";
}

describe.each(statuses)("a record that is %s", (status) => {
  let submitted: Submitted;
  let before: string[][];
  beforeAll(async () => {
    submitted = await inStatus(status);
    before = await histories(submitted.recordIds);
  });

  test("E14: does not move at the word of anybody whose word it is not", async () => {
    const { requestId, recordIds } = submitted;
    for (const [index, [name]] of mutations.entries()) {
      const wrong = outsiders.filter((who) => refusal(who, name, status) !== null);
      const outcomes = await Promise.all(
        wrong.map(async (who) => [who, await outcome(who, name, requestId, recordIds[index])]),
      );
      expect([name, outcomes]).toEqual([name, wrong.map((who) => [who, refusal(who, name, status)])]);
    }
    expect(await histories(recordIds)).toEqual(before);
  });

  test("E13: takes what its status admits, each with one event, and nothing else", async () => {
    const { requestId, recordIds } = submitted;
    const outcomes = await Promise.all(
      mutations.map(async ([name], index) => [name, await outcome(ownerOf(name), name, requestId, recordIds[index])]),
    );
    const told = mutations.map(([name, type]) => [name, expected(name, type, status)[0]]);
    expect(outcomes).toEqual(told);
    const events = mutations.map(([name, type], index) =>
      [before[index] ?? [], expected(name, type, status)[1] ?? []].flat(),
    );
    expect(await histories(recordIds)).toEqual(events);
  });
});
