import type { Client as SocketClient } from "graphql-ws";
import { createFormLinks } from "../../src/services/forms/formLinks";
import { actOnAll, addAccountsLike, submit } from "../support/api/changes";
import { statementLogger } from "../support/api/logLines";
import {
  dana,
  elena,
  kim,
  nobody,
  operator,
  otherOperator,
  rafael,
  sam,
  startTestApi,
  type TestApi,
} from "../support/api/testApi";
import { withClient } from "../support/api/testServer";
import { until } from "../support/until";

/** One reader of the log for each node, and one execution for all subscribers with the same response. */

let api: TestApi;
const clients: SocketClient[] = [];
const { logger, statements } = statementLogger();

beforeAll(async () => {
  api = await startTestApi({ worker: false, logger });
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
  await api.clearRequests();
});
afterAll(() => api.stop());

interface Received {
  readonly type: string;
  readonly record: {
    readonly reason: string | null;
    readonly availableActions: string[];
    readonly request: { readonly form: { readonly downloadUrl: string } | null };
  };
}

/** Opens subscriptions of a person, thirty on each socket. Returns the growing list of events that each received. */
async function listen(email: string, count: number, selection = "reason availableActions"): Promise<Received[][]> {
  const after = await api.feedNow(email);
  const query = `subscription ($after: String) { cocpEvents(after: $after) {
    type record { billingAccount { accountNumber } ${selection} } } }`;
  const sockets = Array.from({ length: Math.ceil(count / 30) }, () => api.socket(email));
  clients.push(...sockets);
  return Array.from({ length: count }, (_, index) => {
    const received: Received[] = [];
    sockets[Math.floor(index / 30)]?.subscribe<{ cocpEvents: Received }>(
      { query, variables: { after } },
      { next: ({ data }) => void (data && received.push(data.cocpEvents)), error: () => {}, complete: () => {} },
    );
    return received;
  });
}

const all = (listeners: readonly Received[][], type: string) =>
  until(() => listeners.every((received) => received.at(-1)?.type === type));

/** The statements that one accepted record costs while these listen, with those of the mutation. */
async function statementsFor(account: string, listeners: readonly Received[][]): Promise<number> {
  const { requestId } = await submit(api, { accounts: [account] });
  await all(listeners, "INITIATED");
  statements.length = 0;
  await actOnAll(api, kim, "acceptCocp", { requestId });
  await all(listeners, "ACCEPTED");
  return statements.length;
}

test("an event costs the database the same for 2 subscribers as for 60", async () => {
  const few = await listen(kim, 2);
  const forFew = await statementsFor("7701001", few);
  const many = [...few, ...(await listen(kim, 58))];
  const forMany = await statementsFor("7701002", many);
  expect(Math.abs(forMany - forFew)).toBeLessThan(8); // a look at each second may fall into either
});

test("G-6: a change is notified after its commit, with one empty notification for all that 32 clients commit meanwhile", async () => {
  const { requestId } = await submit(api);
  statements.length = 0;
  await actOnAll(api, kim, "acceptCocp", { requestId });
  await until(() => statements.some((statement) => statement.includes("pg_notify")));
  const [commit, notify] = ["COMMIT", "pg_notify"].map((word) => statements.findIndex((one) => one.includes(word)));
  expect(commit).toBeGreaterThan(0);
  expect(notify).toBeGreaterThan(commit ?? 0);

  const accounts = Array.from({ length: 32 }, (_, index) => `N${100 + index}`);
  await addAccountsLike(api, accounts);
  await withClient(api.config.databaseUrl, async (listener) => {
    const payloads: (string | undefined)[] = [];
    listener.on("notification", ({ payload }) => payloads.push(payload));
    await listener.query("LISTEN cocp_events");
    statements.length = 0;
    await Promise.all(accounts.map((account) => submit(api, { accounts: [account] })));
    await until(() => payloads.length > 0);
    const commits = statements.filter((statement) => statement.includes("COMMIT")).length;
    expect(commits).toBeGreaterThanOrEqual(32);
    expect(payloads.length).toBeLessThanOrEqual(commits);
    expect(new Set(payloads)).toEqual(new Set([""]));
  });
});

test("subscribers with different rights and selections each get their own response", async () => {
  const [asCustomer, asPartner, asSilentPartner, asOperator, without] = [
    await listen(dana, 2),
    await listen(kim, 2),
    await listen(sam, 2),
    await listen(operator, 2),
    await listen(dana, 2, "status"),
  ];
  await submit(api, { accounts: ["7701001"] });
  const listeners = [asCustomer, asPartner, asSilentPartner, asOperator, without].flat();
  await all(listeners, "INITIATED");
  const { requestId } = await submit(api, { accounts: ["7701002"] });
  await until(() => listeners.every((received) => received.length === 2));

  const reason = "UNSATISFACTORY_SERVICE";
  for (const received of asCustomer) expect(received[1]?.record).toMatchObject({ reason });
  for (const received of asOperator)
    expect(received[1]?.record).toMatchObject({ reason, availableActions: expect.anything() });
  for (const received of asPartner)
    expect(received[1]?.record).toMatchObject({ reason: null, availableActions: ["ACCEPT", "DECLINE"] });
  for (const received of asSilentPartner)
    expect(received[1]?.record).toMatchObject({ reason: null, availableActions: [] });
  for (const received of without) expect(received[1]?.record).not.toHaveProperty("reason");
  await actOnAll(api, kim, "declineCocp", { requestId });
  await all(listeners, "DECLINED");
});

test("each subscriber gets a form link of its own, even with the same rights as others", async () => {
  const joins =
    "INSERT INTO partner_users SELECT $1, partner_id, 'No Body', can_respond FROM partner_users WHERE email = $2";
  await api.rows(joins, [nobody, kim]);
  try {
    const people = [kim, nobody, operator, otherOperator];
    const selection = "request { ...Form } } } } fragment Form on CocpRequest { form { ... { downloadUrl";
    const listeners = await Promise.all(people.map((email) => listen(email, 2, selection)));
    const { requestId } = await submit(api);
    await all(listeners.flat(), "INITIATED");
    await actOnAll(api, kim, "acceptCocp", { requestId });
    await all(listeners.flat(), "ACCEPTED");
    const links = createFormLinks(api.config);
    const openedFor = async (received: Received[] | undefined) =>
      await links.open(received?.at(-1)?.record.request.form?.downloadUrl.split("/").at(-1) ?? "");
    for (const [index, email] of people.entries()) {
      const [one, other] = listeners[index] ?? [];
      const isOperations = [operator, otherOperator].includes(email);
      expect(await openedFor(one)).toEqual({ requestId, email, isOperations });
      expect(other?.at(-1)).toEqual(one?.at(-1)); // made once for each person
    }
  } finally {
    await api.rows("DELETE FROM partner_users WHERE email = $1", [nobody]);
  }
});

test("other people get no event, and a person who loses the role gets none from then on", async () => {
  const [rafaels, elenas, danas] = [await listen(rafael, 1), await listen(elena, 1), await listen(dana, 1)];
  const { requestId } = await submit(api, { accounts: ["7701001", "7701005"] });
  await until(() => danas[0]?.length === 2 && rafaels[0]?.length === 1);
  await api.rows("UPDATE billing_account_roles SET role = 'ENTERPRISE_ADMIN_READ_ONLY' WHERE email = $1", [rafael]);
  try {
    await actOnAll(api, kim, "declineCocp", { requestId });
    await until(() => danas[0]?.length === 4);
    expect([rafaels[0]?.length, elenas[0]?.length]).toEqual([1, 0]);
  } finally {
    await api.rows("UPDATE billing_account_roles SET role = 'ENTERPRISE_ADMIN' WHERE email = $1", [rafael]);
  }
});

test("an operator who is also an administrator gets the actions of both, and other operators do not", async () => {
  const { requestId, recordIds } = await submit(api, { accounts: ["7701001", "7701002"] });
  await api.rows(
    `INSERT INTO billing_account_roles (email, billing_account_id, role)
     SELECT $1, id, 'ENTERPRISE_ADMIN' FROM billing_accounts WHERE account_number = '7701002'`,
    [operator],
  );
  try {
    const selection = "request { records { billingAccount { accountNumber } availableActions } }";
    const listeners = [await listen(operator, 1, selection), await listen(otherOperator, 1, selection)];
    await actOnAll(api, dana, "cancelCocp", { requestId, recordIds: recordIds.slice(0, 1) });
    await until(() => listeners.every(([received]) => received?.length === 1));
    const [both, one] = listeners.map(([received]) => JSON.stringify(received?.[0]));
    expect(both).toContain('"CANCEL"');
    expect(one).not.toContain('"CANCEL"');
  } finally {
    await api.rows("DELETE FROM billing_account_roles WHERE email = $1", [operator]);
  }
});
