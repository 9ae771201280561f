import { act, submit, type RecordMutation, type RecordsPayload } from "../support/api/changes";
import { dana, kim, startTestApi, type TestApi } from "../support/api/testApi";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
});
afterEach(() => api.clearRequests());
afterAll(() => api.stop());

const rounds = [1, 2, 3, 4];
const times = (count: number) => Array.from({ length: count }, (_, index) => index);

/** What happened to each record after it was submitted. */
const histories = () =>
  api.rows<{ recordId: string; status: string; events: string[] }>(
    `SELECT r.id AS "recordId", r.status, array_agg(e.type ORDER BY e.sequence) FILTER (WHERE e.type <> 'INITIATED')
      AS events FROM cocp_records r JOIN cocp_events e ON e.record_id = r.id GROUP BY r.id`,
  );
/** Notifications by kind, the invitations aside. */
const notices = async () =>
  (await api.rows<{ kind: string }>("SELECT kind FROM cocp_notifications WHERE kind <> 'INVITATION'")).map(
    ({ kind }) => kind,
  );
const succeeded = ({ records, userErrors }: RecordsPayload) => records.length === 1 && userErrors.length === 0;

test.each(rounds)("E1: of 50 acceptances and cancellations at once, one side wins (round %i)", async () => {
  const { requestId } = await submit(api);
  const moves = times(50).map((index): [string, RecordMutation] =>
    index % 2 === 0 ? [kim, "acceptCocp"] : [dana, "cancelCocp"],
  );
  const answers = await Promise.all(moves.map(([who, mutation]) => act(api, who, mutation, { requestId })));

  const [history, ...others] = await histories();
  expect(others).toEqual([]);
  const accepted = history?.status === "ACCEPTED";
  expect(history?.events).toEqual([accepted ? "ACCEPTED" : "CANCELLATION_REQUESTED"]);
  expect(await notices()).toEqual(accepted ? ["ACCEPTED"] : []);
  const winner = accepted ? kim : dana;
  for (const [index, answer] of answers.entries()) {
    const won = moves[index]?.[0] === winner;
    expect(succeeded(answer)).toBe(won);
    if (won) continue;
    const message = expect.stringContaining(String(history?.status));
    expect(answer).toMatchObject({ records: [], userErrors: [{ code: "INVALID_STATUS", message }] });
  }
});

test.each(rounds)("of acceptances and refusals at once by one partner, one holds (round %i)", async () => {
  const { requestId } = await submit(api);
  const moves = times(20).map((index): RecordMutation => (index % 2 === 0 ? "declineCocp" : "acceptCocp"));
  const answers = await Promise.all(moves.map((mutation) => act(api, kim, mutation, { requestId })));
  const [history] = await histories();
  expect(history?.events).toEqual([history?.status]);
  expect(await notices()).toEqual([history?.status]);
  const winning = history?.status === "ACCEPTED" ? "acceptCocp" : "declineCocp";
  expect(answers.map(succeeded)).toEqual(moves.map((mutation) => mutation === winning));
});

test.each(rounds)(
  "E7: a cancellation of two of three against an acceptance: each record has one outcome (round %i)",
  async () => {
    const { requestId, recordIds } = await submit(api, { accounts: ["7701001", "7701002", "7701003"] });
    const two = recordIds.slice(0, 2);
    await Promise.all(
      times(10).flatMap(() => [
        act(api, dana, "cancelCocp", { requestId, recordIds: two }),
        act(api, kim, "acceptCocp", { requestId }),
      ]),
    );
    const outcomes = await histories();
    expect(outcomes).toHaveLength(3);
    const canceled = outcomes.filter(({ status }) => status === "CANCELLATION_IN_PROGRESS");
    expect([0, 2]).toContain(canceled.length);
    for (const { status, events } of outcomes) {
      expect(events).toEqual([status === "ACCEPTED" ? "ACCEPTED" : "CANCELLATION_REQUESTED"]);
    }
    expect(await notices()).toEqual(["ACCEPTED"]);
  },
);

test.each(rounds)("overlapping parts are canceled at once: each record once (round %i)", async () => {
  const { requestId, recordIds } = await submit(api, { accounts: ["7701001", "7701002", "7701003"] });
  const [first = "", second = "", third = ""] = recordIds;
  const parts = [[first, second], [third, second], [third, first], undefined];
  const answers = await Promise.all(
    parts.map((part) => act(api, dana, "cancelCocp", { requestId, ...(part && { recordIds: part }) })),
  );
  for (const { userErrors } of answers) expect(userErrors).toEqual([]);
  for (const { events } of await histories()) expect(events).toEqual(["CANCELLATION_REQUESTED"]);
});
