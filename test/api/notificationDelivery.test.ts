import { text } from "node:stream/consumers";
import { act, actOnAll, initiate, proposal, submit } from "../support/changes";
import { juniper } from "../support/package";
import { dana, kim, mei, operator, startTestApi, type TestApi } from "../support/testApi";
import { refusal, startTestSmtpServer, type TestSmtpServer } from "../support/smtpServer";
import { waitFor } from "../support/waitFor";

let smtp: TestSmtpServer;
let api: TestApi;
beforeEach(async () => {
  smtp = await startTestSmtpServer();
  api = await startTestApi({ environment: { SMTP_URL: smtp.url } });
});
afterEach(async () => {
  await api.stop();
  await smtp.stop();
});

interface Notice {
  readonly kind: string;
  readonly state: string;
  readonly attempts: number;
  readonly sentAt: string | null;
}

async function noticesOf(requestId: string): Promise<Notice[]> {
  const query = `query ($requestId: String!) { cocpRequest(requestId: $requestId) { records { notifications {
    kind state attempts sentAt } } } }`;
  return (await api.data(operator, query, { requestId })).cocpRequest.records[0].notifications;
}
const untilNotices = (requestId: string, fits: (notice: Notice) => boolean) =>
  waitFor("the notifications to be so", async () => {
    const notices = await noticesOf(requestId);
    return notices.length > 0 && notices.every(fits) && notices;
  });
/** Jobs that wait for their next attempt wait no longer. */
const hurry = () => api.rows("UPDATE graphile_worker._private_jobs SET run_at = now() WHERE run_at > now()");
const take = () =>
  smtp.behave({
    onRcptTo: (_address, _session, done) => done(),
    onData: (stream, _session, done) =>
      void text(stream).then((mail) => {
        mails.push(mail);
        done();
      }),
  });
const mails: string[] = [];
beforeEach(() => void mails.splice(0));
const headers = (mail: string, name: string) =>
  [...mail.matchAll(new RegExp(`^${name}: (.*)$`, "gim"))].map(([, value]) => value?.trim());

test("a dead mail server delays mail, and nothing else", async () => {
  smtp.behave({ onConnect: (_session, done) => done(refusal(421, "Down for now")) });
  const { requestId, recordIds } = await submit(api, { accounts: ["7701001", "7701002"] });
  await actOnAll(api, kim, "acceptCocp", { requestId, recordIds: recordIds.slice(0, 1) });
  await actOnAll(api, dana, "cancelCocp", { requestId, recordIds: recordIds.slice(1) });
  await actOnAll(api, operator, "startCocpReview", { recordIds: recordIds.slice(0, 1) });
  await waitFor("the cancellation to be finished", async () => {
    const query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ...on CocpRecord { status } } }";
    const { nodes } = await api.data(dana, query, { ids: recordIds });
    return nodes[1].status === "CANCELED" && nodes[0].status === "PENDING_MICROSOFT_REVIEW";
  });
  const waiting = await untilNotices(requestId, ({ attempts }) => attempts > 0);
  for (const notice of waiting) expect(notice).toMatchObject({ state: "QUEUED", sentAt: null });
  smtp.behave({ onConnect: (_session, done) => done() });
  take();
  await waitFor("all mail to be sent", async () => {
    await hurry(); // an attempt that was under way may have been put off meanwhile
    return (await api.rows("SELECT FROM cocp_notifications WHERE state <> 'SENT'")).length === 0;
  });
  expect(mails).toHaveLength(4);
});

test("a mail that was put off once is sent at the second attempt, as the same mail", async () => {
  const refused: string[] = [];
  smtp.behave({
    onData: (stream, _session, done) =>
      void text(stream).then((mail) => {
        refused.push(mail);
        done(refusal(450, "Later"));
      }),
  });
  const { requestId } = await submit(api);
  await untilNotices(requestId, ({ state, attempts }) => state === "QUEUED" && attempts === 1);
  take();
  await hurry();
  expect(await untilNotices(requestId, ({ state }) => state === "SENT")).toMatchObject([{ attempts: 2 }]);
  expect([...refused, ...mails].map((mail) => headers(mail, "Message-ID")[0])).toEqual(
    Array(2).fill(headers(mails[0] ?? "", "Message-ID")[0]),
  );
});

test("H3: a mail that is refused for good is FAILED, which the customer sees, and not tried again", async () => {
  smtp.behave({ onRcptTo: (_address, _session, done) => done(refusal(550, "No such user")) });
  const { requestId } = await submit(api);
  await untilNotices(requestId, ({ state }) => state === "FAILED");
  await waitFor("the job to be over", async () => (await api.rows("SELECT FROM graphile_worker.jobs")).length === 0);
  expect(await noticesOf(requestId)).toEqual([{ kind: "INVITATION", state: "FAILED", attempts: 1, sentAt: null }]);
  expect((await act(api, kim, "acceptCocp", { requestId })).records).toMatchObject([{ status: "ACCEPTED" }]);
});

test("H7: of two contacts one is refused: each has a mail and a state of its own", async () => {
  take();
  smtp.behave({
    onRcptTo: ({ address }, _session, done) => (address === mei ? done(refusal(550, "No such user")) : done()),
  });
  const input = await proposal(api, { accounts: ["7701001", "7701002"] });
  const [first, second] = input.changes;
  const toMei = { ...second, newPartnerPcn: juniper, partnerNotificationContact: mei };
  const { request } = await initiate(api, dana, { ...input, changes: [first, toMei] as typeof input.changes });
  const query = `query ($id: String!) { cocpRequest(requestId: $id) { records { notifications { recipient state } } } }`;
  const states = await waitFor("both to be settled", async () => {
    const { records } = (await api.data(dana, query, { id: request?.requestId })).cocpRequest;
    const notices = records.flatMap(({ notifications }: { notifications: Pick<Notice, "state">[] }) => notifications);
    return notices.every(({ state }: Pick<Notice, "state">) => state !== "QUEUED") && notices;
  });
  expect(states).toEqual([
    { recipient: kim, state: "SENT" },
    { recipient: mei, state: "FAILED" },
  ]);
  expect(mails.map((mail) => headers(mail, "To"))).toEqual([[kim]]);
});

test("each mail has a Message-ID of its own, and says that no person sent it", async () => {
  take();
  const { requestId } = await submit(api, { accounts: ["7701001"] });
  const other = await submit(api, { accounts: ["7701002"] });
  await actOnAll(api, kim, "acceptCocp", { requestId });
  await untilNotices(requestId, ({ state }) => state === "SENT");
  await untilNotices(other.requestId, ({ state }) => state === "SENT");
  expect(mails).toHaveLength(3);
  const messageIds = mails.flatMap((mail) => headers(mail, "Message-ID"));
  expect(new Set(messageIds).size).toBe(3);
  for (const id of messageIds) expect(id).toMatch(/^<[0-9a-f-]{36}@changeover\.example>$/);
  for (const mail of mails) expect(headers(mail, "Auto-Submitted")).toEqual(["auto-generated"]);
});
