import { text } from "node:stream/consumers";
import { simpleParser } from "mailparser";
import { mailCommand } from "../../src/cli/mailCommand";
import { act, actOnAll, dayFromNow, initiate, proposal, submit } from "../support/api/changes";
import { keepingLogger } from "../support/api/logLines";
import { readMetrics } from "../support/api/metrics";
import { juniper } from "../support/api/package";
import { dana, kim, mei, operator, startTestApi, type TestApi } from "../support/api/testApi";
import { refusal, startTestSmtpServer, type TestSmtpServer } from "../support/network/smtpServer";
import { mailReader } from "../support/api/sandbox";
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
  // An invitation that nobody has tried by then is withdrawn without an attempt.
  const waiting = await untilNotices(requestId, ({ attempts, state }) => attempts > 0 || state === "SUPPRESSED");
  for (const notice of waiting) expect(notice).toMatchObject({ sentAt: null });
  smtp.behave({ onConnect: (_session, done) => done() });
  take();
  await waitFor("all mail to be sent", async () => {
    await hurry(); // an attempt that was under way may have been put off meanwhile
    return (await api.rows("SELECT FROM cocp_notifications WHERE state = 'QUEUED'")).length === 0;
  });
  // The invitation is over by then.
  expect(await sent()).toEqual([
    [dana, "Accepted"],
    [dana, "Canceled"],
    [kim, "Canceled"],
  ]);
});

const putOff = () => smtp.behave({ onRcptTo: (_address, _session, done) => done(refusal(450, "Later")) });
/** Recipient and beginning of the subject of what the server took, sorted. */
const sent = async () =>
  (await Promise.all(mails.map((mail) => simpleParser(mail))))
    .map(({ to, subject }) => [[to].flat()[0]?.text, subject?.split(":")[0]])
    .toSorted();
const settled = () =>
  waitFor("no notification to be queued and no cancellation to be open", async () => {
    const queued = "SELECT FROM cocp_notifications WHERE state = 'QUEUED'";
    const canceling = "SELECT FROM cocp_records WHERE status = 'CANCELLATION_IN_PROGRESS'";
    return (await api.rows(`${queued} UNION ALL ${canceling}`)).length === 0;
  });
const statesOf = async (requestId: string) =>
  await api.rows<{ kind: string; party: string; state: string; because: string | null; accounts: string[] }>(
    `SELECT n.kind, n.recipient_party AS party, n.state, n.suppressed_because AS because,
        array_agg(a.account_number ORDER BY a.account_number) AS accounts
      FROM cocp_notifications n JOIN cocp_notification_records nr ON nr.notification_id = n.id
      JOIN cocp_records r ON r.id = nr.record_id JOIN billing_accounts a ON a.id = r.billing_account_id
      WHERE n.request_id = $1 GROUP BY n.id ORDER BY n.position`,
    [requestId],
  );

test("an invitation that the server puts off is not sent once the request is canceled, and the cancellation is not held up", async () => {
  take();
  putOff();
  const { requestId } = await submit(api);
  await untilNotices(requestId, ({ attempts }) => attempts === 1);
  take();
  await actOnAll(api, dana, "cancelCocp", { requestId });
  await settled();
  expect(await sent()).toEqual([
    [dana, "Canceled"],
    [kim, "Canceled"],
  ]);
  const [invitation] = await statesOf(requestId);
  expect(invitation).toMatchObject({
    kind: "INVITATION",
    state: "SUPPRESSED",
    because: expect.stringMatching(/CANCEL/),
  });
});

test("an invitation that waits names only the accounts that can still be answered", async () => {
  take();
  putOff();
  const { requestId, recordIds } = await submit(api, { accounts: ["7701001", "7701002"] });
  await untilNotices(requestId, ({ attempts }) => attempts === 1);
  await actOnAll(api, kim, "declineCocp", { requestId, recordIds: recordIds.slice(0, 1) });
  take();
  await hurry();
  await settled();
  const [invitation] = mails.filter((mail) => mail.includes("Action required"));
  const { text: said = "" } = await simpleParser(invitation ?? "");
  expect(said).toContain("7701002");
  expect(said).not.toContain("7701001");
  expect(await statesOf(requestId)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: "INVITATION", state: "SENT", accounts: ["7701002"] }),
      expect.objectContaining({ kind: "INVITATION", state: "SUPPRESSED", accounts: ["7701001"] }),
    ]),
  );
});

const dateAmended = async (requestId: string, recordIds: readonly string[]) => {
  const amendment = { recordIds, effectiveDate: dayFromNow(60), caseNumber: "CASE-1" };
  await actOnAll(api, operator, "amendCocpEffectiveDate", amendment);
  await waitFor("the second email to kim to wait for the first", async () => {
    const waiting = "SELECT FROM cocp_notifications WHERE waits_until IS NOT NULL AND recipient = $1";
    return (await api.rows(waiting, [kim])).length === 1;
  });
  return await noticesOf(requestId);
};

test("email about one record goes out in order: a later message waits while the server puts the earlier one off", async () => {
  take();
  smtp.behave({
    onRcptTo: ({ address }, _session, done) => (address === kim ? done(refusal(450, "Later")) : done()),
  });
  const { requestId, recordIds } = await submit(api);
  await untilNotices(requestId, ({ attempts }) => attempts === 1);
  expect(await dateAmended(requestId, recordIds)).toEqual(
    expect.arrayContaining([expect.objectContaining({ kind: "EFFECTIVE_DATE_AMENDED", state: "QUEUED", attempts: 0 })]),
  );
  take();
  await hurry();
  await settled();
  const toKim = mails.filter((mail) => headers(mail, "To")[0] === kim).map((mail) => headers(mail, "Subject")[0]);
  expect(toKim).toEqual([expect.stringMatching(/^Action required/), expect.stringMatching(/^New effective date/)]);
});

test("a later message waits for an hour at the latest", async () => {
  take();
  smtp.behave({
    onRcptTo: ({ address }, _session, done) => (address === kim ? done(refusal(450, "Later")) : done()),
  });
  const { requestId, recordIds } = await submit(api);
  await untilNotices(requestId, ({ attempts }) => attempts === 1);
  await dateAmended(requestId, recordIds);
  await api.rows("UPDATE cocp_notifications SET seen_at = seen_at - interval '1 hour' WHERE waits_until IS NOT NULL");
  await hurry();
  await waitFor("the later message to be tried", async () =>
    (await noticesOf(requestId)).some(({ kind, attempts }) => kind === "EFFECTIVE_DATE_AMENDED" && attempts > 0),
  );
});

test("an invitation that the server has in hand at the cancellation counts as sent, and the cancellation comes after it", async () => {
  let finish = () => {};
  smtp.behave({
    onData: (stream, _session, done) =>
      void text(stream).then((mail) => {
        mails.push(mail);
        if (mail.includes("Action required")) finish = done;
        else done();
      }),
  });
  const { requestId } = await submit(api);
  await waitFor("the invitation to be in hand", async () => mails.length === 1);
  await actOnAll(api, dana, "cancelCocp", { requestId });
  await waitFor("the cancellation to wait for it", async () => {
    const waiting = "SELECT FROM cocp_notifications WHERE kind = 'CANCELED' AND waits_until IS NOT NULL";
    return (await api.rows(waiting)).length === 1;
  });
  finish();
  await settled();
  expect((await statesOf(requestId)).map(({ kind, party, state }) => [kind, party, state])).toEqual([
    ["INVITATION", "NEW_PARTNER", "SENT"],
    ["CANCELED", "NEW_PARTNER", "SENT"],
    ["CANCELED", "CUSTOMER", "SENT"],
  ]);
  const toKim = mails.filter((mail) => headers(mail, "To")[0] === kim).map((mail) => headers(mail, "Subject")[0]);
  expect(toKim).toEqual([expect.stringMatching(/^Action required/), expect.stringMatching(/^Canceled/)]);
});

test("a refused message lets the next one go", async () => {
  take();
  putOff();
  const { requestId, recordIds } = await submit(api);
  await untilNotices(requestId, ({ attempts }) => attempts === 1);
  await dateAmended(requestId, recordIds);
  smtp.behave({
    onRcptTo: (_address, _session, done) => done(),
    onData: (stream, _session, done) =>
      void text(stream).then((mail) => {
        mails.push(mail);
        done(mail.includes("Action required") ? refusal(550, "Spam") : null);
      }),
  });
  await hurry();
  await settled();
  const kinds = (await statesOf(requestId)).map(({ kind, party, state }) => [kind, party, state]);
  expect(kinds).toContainEqual(["INVITATION", "NEW_PARTNER", "FAILED"]);
  expect(kinds).toContainEqual(["EFFECTIVE_DATE_AMENDED", "NEW_PARTNER", "SENT"]);
});

test("what was submitted and canceled while no worker ran invites nobody", async () => {
  const quiet = await startTestApi({ worker: false });
  try {
    const { requestId } = await submit(quiet);
    await actOnAll(quiet, dana, "cancelCocp", { requestId });
    const worker = await quiet.startWorker();
    const read = mailReader(quiet);
    expect(await read()).toEqual([
      [dana, "Canceled"],
      [kim, "Canceled"],
    ]);
    await worker.stop();
  } finally {
    await quiet.stop();
  }
});

test("an old partner that was not told of an approval is not told of the refusal, whichever job runs first", async () => {
  const quiet = await startTestApi({ worker: false });
  try {
    const { requestId, recordIds } = await submit(quiet);
    await actOnAll(quiet, kim, "acceptCocp", { requestId });
    for (const name of ["startCocpReview", "approveCocp"] as const)
      await actOnAll(quiet, operator, name, { recordIds });
    await actOnAll(quiet, operator, "refuseCocp", { recordIds, note: "Not this year" });
    const toOldPartner = "FROM cocp_notifications n WHERE n.recipient_party = 'OLD_PARTNER'";
    await quiet.rows(
      `UPDATE graphile_worker._private_jobs SET run_at = now() + interval '1 hour' WHERE payload->>'notificationId' IN (
        SELECT n.id::text ${toOldPartner} AND n.kind = 'APPROVED')`,
    );
    const worker = await quiet.startWorker();
    const states = await waitFor("the refusal to be dealt with", async () => {
      const rows: { kind: string; state: string }[] = await quiet.rows(
        `SELECT n.kind, n.state ${toOldPartner} ORDER BY n.position`,
      );
      return rows.find(({ kind, state }) => kind === "REFUSED" && state !== "QUEUED") && rows;
    });
    expect(states).toEqual([
      { kind: "APPROVED", state: "SUPPRESSED" },
      { kind: "REFUSED", state: "SUPPRESSED" },
    ]);
    await worker.stop();
  } finally {
    await quiet.stop();
  }
});

/** What `changeover mail release` prints. */
async function releaseCommand(...options: string[]): Promise<string> {
  const printed: string[] = [];
  const log = jest.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
  const before = process.env["DATABASE_URL"];
  process.env["DATABASE_URL"] = restored.config.databaseUrl;
  try {
    await mailCommand().parseAsync(["release", ...options], { from: "user" });
  } finally {
    log.mockRestore();
    if (before === undefined) delete process.env["DATABASE_URL"];
    else process.env["DATABASE_URL"] = before;
  }
  return printed.join("\n");
}
let restored: TestApi;

test("a restored backup sends nothing until the email is released, and then what still holds, in order", async () => {
  const { logger, lines } = keepingLogger("warn");
  restored = await startTestApi({ worker: false, logger });
  try {
    const over = await submit(restored, { accounts: ["7701001"] });
    const open = await submit(restored, { accounts: ["7701002"] });
    const more = await submit(restored, { accounts: ["7701003"] });
    await restored.rows("UPDATE cocp_notifications SET written_at = written_at - interval '25 hours'");
    const worker = await restored.startWorker();
    const held = "SELECT state, attempts FROM cocp_notifications WHERE held_at IS NOT NULL";
    await waitFor("three messages to be held", async () => (await restored.rows(held)).length === 3);
    await actOnAll(restored, dana, "cancelCocp", { requestId: over.requestId });
    const read = mailReader(restored);
    await waitFor("the news to be sent", async () => restored.mailbox.messages().length === 2);
    expect((await readMetrics(restored.url)).value("changeover_notifications_held")).toBe(2);
    expect(lines.filter(({ msg }) => String(msg).includes("is held"))).toHaveLength(1);
    const listed = (await releaseCommand("--dry-run")).split("\n");
    expect(listed).toEqual([
      expect.stringMatching(new RegExp(`INVITATION ${open.requestId} to ${kim}$`)),
      expect.stringMatching(new RegExp(`INVITATION ${more.requestId} to ${kim}$`)),
      "2 messages held.",
    ]);
    expect(restored.mailbox.messages()).toHaveLength(2);
    expect(await releaseCommand()).toBe("Released 2 messages.");
    expect(await read()).toEqual([
      [dana, "Canceled"],
      [kim, "Action required"],
      [kim, "Action required"],
      [kim, "Canceled"],
    ]);
    expect(await releaseCommand("--dry-run")).toBe("0 messages held.");
    await worker.stop();
  } finally {
    await restored.stop();
  }
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
