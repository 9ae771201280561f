import type { Client as SocketClient } from "graphql-ws";
import { startLogNotifications } from "../../src/db/feed/logNotifications";
import type { Viewer } from "../../src/domain/model";
import { UnavailableError } from "../../src/services/unavailable";
import { readFeedPage } from "../../src/services/feed/feedPage";
import { createFeedReader } from "../../src/services/feed/subscribe";
import { createViewerReader } from "../../src/services/directory/readViewer";
import { act, approve, complete, submit } from "../support/api/changes";
import { copiedEvent } from "../support/data/manyEvents";
import {
  dana,
  elena,
  joan,
  kim,
  mei,
  nobody,
  operator,
  sam,
  startTestApi,
  stellan,
  type TestApi,
} from "../support/api/testApi";
import { openTestServices } from "../support/api/testServices";
import { until } from "../support/until";
import { watchFeed, type FeedOptions, type FeedWatch } from "../support/api/watchFeed";

let api: TestApi;
let clients: SocketClient[] = [];
const requests: Record<"declined" | "completed" | "other", string> = { declined: "", completed: "", other: "" };

/** Three stories: one that kim declines, one that kim's side completes, and one that mei accepts. */
beforeAll(async () => {
  api = await startTestApi({ worker: false });
  const declined = await submit(api, { accounts: ["7701001"] });
  await act(api, kim, "declineCocp", declined);
  const completed = await submit(api, { accounts: ["7701002"] });
  await complete(api, completed);
  const other = await submit(api, { accounts: ["7701003"], pcn: "PCN-4411290", contact: mei });
  await act(api, mei, "acceptCocp", other);
  for (const [name, { requestId }] of Object.entries({ declined, completed, other }))
    Object.assign(requests, { [name]: requestId });
  await api.feedSettled();
});
afterEach(async () => {
  for (const client of clients) await client.dispose();
  clients = [];
});
afterAll(() => api.stop());

const declined = ["INITIATED", "DECLINED"];
const completed = ["INITIATED", "ACCEPTED", "REVIEW_STARTED", "APPROVED", "EFFECTIVE_DATE_AMENDED", "COMPLETED"];
const beginning = Buffer.from(JSON.stringify(["feed", "0", "0"])).toString("base64url");

function watch(email: string, options: FeedOptions = {}): FeedWatch {
  const client = api.socket(email, { retryAttempts: 0 });
  clients.push(client);
  return watchFeed(client, { after: beginning, ...options });
}

const feedQuery = `query ($filter: CocpEventFilter) { cocpEvents(first: 100, filter: $filter) {
  nodes { type requestId record { id } } } }`;

/** What a person gets by the query, which the subscription must give as well. */
async function typesFor(email: string, filter: object = {}): Promise<string[]> {
  const { nodes } = (await api.data(email, feedQuery, { filter })).cocpEvents;
  const types: string[] = nodes.map(({ type }: { type: string }) => type);
  if (types.length > 0) {
    const watched = watch(email, { filter });
    await watched.until(types.length);
    expect(watched.types()).toEqual(types);
  }
  return types;
}

test("the customer's administrator and operations get all of it", async () => {
  const all = [...declined, ...completed, "INITIATED", "ACCEPTED"];
  expect(await typesFor(dana)).toEqual(all);
  expect(await typesFor(operator)).toEqual(all);
});

test("a new partner gets its own records, whether its user may respond or not", async () => {
  expect(await typesFor(kim)).toEqual([...declined, ...completed]);
  expect(await typesFor(sam)).toEqual([...declined, ...completed]);
  expect(await typesFor(mei)).toEqual(["INITIATED", "ACCEPTED"]);
});

test("the old partner gets a record from its approval on", async () => {
  expect(await typesFor(elena)).toEqual(["APPROVED", "EFFECTIVE_DATE_AMENDED", "COMPLETED"]);
});

test.each([stellan, joan])("%s, who is part of none, gets nothing", async (who) => {
  expect(await typesFor(who)).toEqual([]);
});

test("who is not part of it hears nothing live either", async () => {
  const outsiders = [stellan, joan, mei, elena].map((who) => watch(who, { filter: { requestId: requests.declined } }));
  const insider = watch(dana, { after: undefined });
  const after = await api.feedNow(dana);
  const all = [stellan, joan, mei].map((who) => watch(who, { after }));
  const sentinel = watch(operator, { after });
  const submitted = await submit(api, { accounts: ["7701007"] });
  await act(api, dana, "cancelCocp", submitted);
  await sentinel.until(2);
  // Theirs comes after what they must not hear: when it is there, the others are not on their way.
  const own = await submit(api, { by: stellan, accounts: ["7702001"], pcn: "PCN-4411290", contact: mei });
  await all[0]?.until(1);
  await all[2]?.until(1);
  expect(all.map(({ events }) => events.map(({ requestId }) => requestId))).toEqual([
    [own.requestId],
    [],
    [own.requestId],
  ]);
  expect(outsiders.flatMap(({ events }) => events)).toEqual([]);
  insider.stop();
});

test("filters by request, type and status, and by direction", async () => {
  expect(await typesFor(dana, { requestId: ` ${requests.declined.toLowerCase()}` })).toEqual(declined);
  const { completed: requestId } = requests;
  expect(await typesFor(dana, { requestId, type: ["APPROVED", "COMPLETED"] })).toEqual(["APPROVED", "COMPLETED"]);
  const inGrace = await typesFor(dana, { requestId, status: ["IN_GRACE_PERIOD"] });
  expect(inGrace).toEqual(["APPROVED", "EFFECTIVE_DATE_AMENDED"]);
  expect(await typesFor(dana, { requestId, type: [] })).toEqual([]);
  expect(await typesFor(kim, { requestId, direction: "INCOMING" })).toEqual(completed);
  expect(await typesFor(kim, { direction: "OUTGOING" })).toEqual([]);
  expect(await typesFor(elena, { direction: "OUTGOING" })).toEqual(["APPROVED", "EFFECTIVE_DATE_AMENDED", "COMPLETED"]);
  expect(await typesFor(elena, { direction: "INCOMING" })).toEqual([]);
});

test("what an event leads to is as closed as the record itself", async () => {
  const query = `subscription ($after: String) { cocpEvents(after: $after) { type record {
    newPartner { pcn } reason partnerNotificationContact request { signature { lastName } } } } }`;
  const client = api.socket(elena, { retryAttempts: 0 });
  clients.push(client);
  const [first] = await new Promise<unknown[]>((resolve, reject) => {
    const seen: unknown[] = [];
    const next = (value: unknown) => {
      seen.push(value);
      resolve(seen);
    };
    client.subscribe({ query, variables: { after: beginning } }, { next, error: reject, complete: () => {} });
  });
  const record = { newPartner: null, reason: null, partnerNotificationContact: null, request: { signature: null } };
  expect(first).toEqual({ data: { cocpEvents: { type: "APPROVED", record } } });
});

test("rights that are taken away end at once for a feed that is open", async () => {
  const after = await api.feedNow(dana);
  const [danas, kims] = [watch(dana, { after }), watch(kim, { after })];
  const first = await submit(api, { accounts: ["7701008"] });
  await Promise.all([danas.until(1), kims.until(1)]);
  await api.rows("DELETE FROM partner_users WHERE email = $1", [kim]);
  await act(api, dana, "cancelCocp", first);
  await submit(api, { accounts: ["7701009"] });
  await danas.until(3);
  expect(kims.types()).toEqual(["INITIATED"]);
  await api.rows(
    `INSERT INTO partner_users SELECT '${kim}', id, 'Kim Lee', true FROM partners WHERE pcn = 'PCN-4410387'`,
  );
  expect((await api.data(kim, "{ viewer { roles } }")).viewer.roles).toEqual(["PARTNER_USER"]);
});

test("approving tells the old partner live, and the acceptance before it did not", async () => {
  const watched = watch(elena, { after: await api.feedNow(elena) });
  await approve(api, await submit(api, { accounts: ["7701004"] }));
  await watched.until(1);
  expect(watched.types()).toEqual(["APPROVED"]);
});

test("an event whose record was closed to the subscriber meanwhile ends no subscription: the connection is closed, to resume", async () => {
  const after = await api.feedNow(mei);
  const query = "subscription ($after: String) { cocpEvents(after: $after) { type record { status } } }";
  const client = api.socket(mei, { retryAttempts: 0 });
  clients.push(client);
  const outcome = new Promise((resolve) => {
    const sink = { next: resolve, error: resolve, complete: () => resolve(null) };
    client.subscribe({ query, variables: { after } }, sink);
  });
  // Stands for rights that go between two reads: an event that mei's side is part of, of a record that it is not.
  const [{ partner_id: partnerId } = {}] = await api.rows<{ partner_id: string }>(
    "SELECT partner_id FROM partner_users WHERE email = $1",
    [mei],
  );
  const copied = copiedEvent("70", "NOTIFICATION_CONTACT_UPDATED");
  await api.rows(copied.replace("new_partner_id FROM", `'${partnerId}' FROM`));
  expect(await outcome).toMatchObject({ code: 1013 });
});

const joinsPartnerOf =
  "INSERT INTO partner_users SELECT $1, partner_id, 'No Body', false FROM partner_users WHERE email = $2";
const administersAsDoes = `INSERT INTO billing_account_roles (email, billing_account_id, role)
  SELECT $1, billing_account_id, role FROM billing_account_roles WHERE email = $2`;

test.each([
  ["joins a partner", joinsPartnerOf, kim, 50],
  ["becomes an administrator", administersAsDoes, dana, 60],
])(
  "who %s while its feed reads the log misses nothing that is written after it did",
  async (_what, joins, like, sequence) => {
    const services = await openTestServices(api.config.databaseUrl);
    const { databaseUrl } = api.config;
    const notifications = startLogNotifications({ databaseUrl, redisUrl: null, logger: services.logger });
    const reader = createFeedReader(services, { notifications, maxReaders: 1 });
    const readViewer = createViewerReader(services);
    const identity = { email: nobody, displayName: null, isOperations: false };
    await api.feedSettled();
    let isPart = false;
    const refreshedViewer = async () => {
      const viewer = await readViewer(identity);
      if (!isPart) {
        await api.rows(joins, [nobody, like]);
        await api.rows(copiedEvent(`${sequence}`, "NOTIFICATION_CONTACT_UPDATED"));
        await api.feedSettled();
        isPart = true;
      }
      return viewer;
    };
    const viewer = await readViewer(identity);
    const feed = await reader.subscribe({
      database: services.dataSource,
      viewer,
      refreshedViewer,
      filter: {},
      after: null,
    });
    try {
      const told: number[] = [];
      const takeAll = () => {
        for (let next = feed.take(); next !== undefined; next = feed.take()) told.push(next.event.sequence);
      };
      feed.onMore = takeAll;
      takeAll();
      await until(() => isPart);
      await api.rows(copiedEvent(`${sequence + 1}`, "NOTIFICATION_CONTACT_UPDATED"));
      await until(() => told.includes(sequence + 1));
      expect(told).toEqual([sequence, sequence + 1]);
    } finally {
      feed.end();
      await reader.stop();
      await notifications.stop();
      await services.close();
      for (const table of ["partner_users", "billing_account_roles"])
        await api.rows(`DELETE FROM ${table} WHERE email = $1`, [nobody]);
    }
  },
);

test("a page of the feed is not read by rights that have changed since they were looked up", async () => {
  const services = await openTestServices(api.config.databaseUrl);
  const viewer = await createViewerReader(services)({ email: kim, displayName: null, isOperations: false });
  const page = (as: Viewer) => readFeedPage(services, as, {}, { first: 1 });
  try {
    expect((await page(viewer)).items).toHaveLength(1);
    await expect(page({ ...viewer, partner: null })).rejects.toThrow(UnavailableError);
    await expect(page({ ...viewer, isEnterpriseAdmin: true })).rejects.toThrow(UnavailableError);
  } finally {
    await services.close();
  }
});
