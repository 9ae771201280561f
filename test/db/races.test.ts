import {
  act,
  actOnAll,
  harrowgate,
  initiate,
  meridian,
  proposal,
  submit,
  type RecordMutation,
  type RecordsPayload,
  type Submitted,
} from "../support/api/changes";
import { dana, kim, startTestApi, type TestApi } from "../support/api/testApi";
import { withClient } from "../support/api/testServer";
import { until } from "../support/until";

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

describe("a call that waits while the person's rights change goes by the new ones", () => {
  const tables = ["partner_users", "billing_account_roles"];
  let before: unknown[] = [];
  beforeEach(async () => {
    const rowsOf = async (table: string) =>
      await api.rows(`SELECT * FROM ${table} WHERE email = ANY($1)`, [[dana, kim]]);
    before = await Promise.all(tables.map(rowsOf));
  });
  afterEach(async () => {
    for (const [index, table] of tables.entries()) {
      await api.rows(`DELETE FROM ${table} WHERE email = ANY($1)`, [[dana, kim]]);
      await api.rows(`INSERT INTO ${table} SELECT * FROM json_populate_recordset(null::${table}, $1)`, [
        JSON.stringify(before[index]),
      ]);
    }
  });

  const locked = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
  const records = "SELECT FROM cocp_records FOR UPDATE";
  const kimMoves = `UPDATE partner_users SET partner_id = (SELECT id FROM partners WHERE pcn = '${meridian}')
    WHERE email = '${kim}'`;
  const kimMayNotRespond = `UPDATE partner_users SET can_respond = false WHERE email = '${kim}'`;
  const danaReads = `UPDATE billing_account_roles SET role = 'ENTERPRISE_ADMIN_READ_ONLY' WHERE email = '${dana}'`;

  /** Makes the change while the call waits for the lock. */
  async function during<Result>(lock: string, change: string, call: () => Promise<Result>): Promise<Result> {
    return await withClient(api.config.databaseUrl, async (holder) => {
      await holder.query(`BEGIN; ${lock}`);
      const answer = call();
      await until(async () => (await api.rows(locked)).length > 0);
      await holder.query(`${change}; COMMIT`);
      return await answer;
    });
  }

  const mutations: [RecordMutation, string, string, string, string, object][] = [
    ["acceptCocp", kim, "moved to another partner", kimMoves, "REQUEST_NOT_FOUND", {}],
    ["acceptCocp", kim, "may not respond any more", kimMayNotRespond, "NOT_ALLOWED", {}],
    ["declineCocp", kim, "moved to another partner", kimMoves, "REQUEST_NOT_FOUND", {}],
    ["cancelCocp", dana, "only reads its accounts now", danaReads, "REQUEST_NOT_FOUND", {}],
    [
      "updatePartnerNotificationContact",
      dana,
      "only reads its accounts now",
      danaReads,
      "REQUEST_NOT_FOUND",
      { partnerNotificationContact: kim },
    ],
  ];
  describe.each(mutations)("%s of %s, who %s", (mutation, who, _now, change, code, more) => {
    const isNamed = { "of the whole request": false, "of named records": true };
    test.each(Object.entries(isNamed))(`%s gives ${code}`, async (_which, named) => {
      const { requestId, recordIds } = await submit(api);
      const input = { requestId, ...(named && { recordIds }), ...more };
      const answer = await during(records, change, () => act(api, who, mutation, input));
      expect(answer).toMatchObject({ records: [], userErrors: [{ code }] });
      expect(answer.userErrors).toHaveLength(1);
    });
  });

  test("resendPartnerNotification", async () => {
    const { requestId } = await submit(api);
    const resend = `mutation { resendPartnerNotification(input: { requestId: "${requestId}" }) {
      records { id } userErrors { code } } }`;
    const answer = await during(records, danaReads, () => api.data(dana, resend));
    const userErrors = [{ code: "REQUEST_NOT_FOUND" }];
    expect(answer.resendPartnerNotification).toEqual({ records: [], userErrors });
  });

  const noRoles = `DELETE FROM billing_account_roles WHERE email = '${dana}'`;
  test("initiateCocp: neither the account nor the partner is known to the person any more", async () => {
    const input = await proposal(api);
    const accounts = "SELECT FROM billing_accounts FOR UPDATE";
    const { request, userErrors } = await during(accounts, noRoles, () => initiate(api, dana, input));
    expect(request).toBeNull();
    expect(userErrors.map(({ code }) => code)).toEqual(["BILLING_ACCOUNT_NOT_FOUND", "PARTNER_NOT_FOUND"]);
  });

  const lockPartners = "LOCK partners IN ACCESS EXCLUSIVE MODE";
  const confirm = (who: string) =>
    api.data(who, `{ confirmPartner(pcn: "${harrowgate}", billingAccountIds: []) { confirmed partner { pcn } } }`);
  test.each([
    [dana, noRoles],
    [kim, kimMoves],
  ])("confirmPartner of %s", async (who, change) => {
    expect((await confirm(who)).confirmPartner.partner).toEqual({ pcn: harrowgate });
    const { confirmPartner } = await during(lockPartners, change, () => confirm(who));
    expect(confirmPartner).toEqual({ confirmed: false, partner: null });
  });

  test("previewCocp", async () => {
    const { changes } = await proposal(api);
    const query = `query ($changes: [PartnerChangeInput!]!) {
      previewCocp(changes: $changes) { items { billingAccount { id } newPartner { pcn } } } }`;
    const { previewCocp } = await during(lockPartners, noRoles, () => api.data(dana, query, { changes }));
    expect(previewCocp.items).toEqual([{ billingAccount: null, newPartner: null }]);
  });

  /** The link of kim's form of an accepted request. */
  async function linkOf({ requestId }: Submitted): Promise<string> {
    await actOnAll(api, kim, "acceptCocp", { requestId });
    const query = `{ cocpRequest(requestId: "${requestId}") { form { downloadUrl } } }`;
    const { downloadUrl } = (await api.data(kim, query)).cocpRequest.form;
    return downloadUrl.replace(api.config.publicUrl, api.url);
  }

  test("the download of a form", async () => {
    const link = await linkOf(await submit(api));
    const signatures = "LOCK cocp_signatures IN ACCESS EXCLUSIVE MODE";
    expect((await during(signatures, kimMoves, () => fetch(link))).status).toBe(404);
  });

  test("the creation of a form's link: it is worth nothing", async () => {
    const submitted = await submit(api);
    await linkOf(submitted);
    const lock = "LOCK cocp_requests IN ACCESS EXCLUSIVE MODE";
    const query = `{ cocpRequest(requestId: "${submitted.requestId}") { form { downloadUrl } } }`;
    const { cocpRequest } = await during(lock, kimMoves, () => api.data(kim, query));
    const link = cocpRequest.form.downloadUrl.replace(api.config.publicUrl, api.url);
    expect((await fetch(link)).status).toBe(404);
  });
});
