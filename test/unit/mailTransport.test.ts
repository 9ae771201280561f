import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, Socket, type AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { MailFacts } from "../../src/domain/mailContent";
import { createMailTransport, failureCode, MailRefusedError, type MailTransport } from "../../src/mail/mailTransport";
import { startBlackHole } from "../support/network/blackHole";
import { refusal, startTestSmtpServer, type TestSmtpServer } from "../support/network/smtpServer";
import { startTcpProxy } from "../support/network/tcpProxy";
import { until } from "../support/until";
import { noPortals } from "../support/api/noPortals";

const content: MailFacts = {
  organization: "Northlight\r\nBcc: everybody@else.example",
  requestId: "COCP-7Q4M-K2XW",
  recipientPartner: { pcn: "PCN-NEW", organizationName: "Brightwater" },
  accounts: [{ accountNumber: "7701", displayName: "Wörks", effectiveDate: "2027-02-20", newPartner: null }],
  submittedAt: "2026-11-23T14:05:00.000Z",
  respondBy: "2026-12-03T14:05:00.000Z",
  expiresAt: "2026-12-23T14:05:00.000Z",
  note: null,
  today: "2026-11-23",
  isUnanswered: true,
  isOverdue: false,
  isInReview: true,
  isPartlyAnswered: false,
  othersExist: false,
  othersGoOn: false,
  othersAreUnanswered: false,
};
const mail = {
  kind: "INVITATION",
  party: "NEW_PARTNER",
  content,
  recipient: "kim@brightwater.example",
  messageId: "<0b7f@changeover.example>",
} as const;

let server: TestSmtpServer;
let transport: MailTransport;
const hurry = { greeting: 200, step: 200 };
const transportTo = (smtpUrl: string, patience?: typeof hurry) =>
  createMailTransport({
    smtpUrl,
    mailFrom: "noreply@changeover.example",
    portals: noPortals,
    ...(patience && { patience }),
  });
/** What sending ends with: undefined when it succeeds. */
const failureOf = (sending: Promise<void>) =>
  sending.then(
    () => undefined,
    (error: unknown) => error,
  );

/** The headers of a mail, each on one line. */
const headersOf = (source: string) => source.slice(0, source.indexOf("\r\n\r\n")).replace(/\r\n[ \t]+/g, " ");

/** A mail server that takes connections and says nothing. */
async function startMuteServer() {
  const held: Socket[] = [];
  const mute = createServer((socket) => void held.push(socket)).listen(0, "127.0.0.1");
  await once(mute, "listening");
  return {
    url: `smtp://127.0.0.1:${(mute.address() as AddressInfo).port}`,
    held,
    stop() {
      held.forEach((socket) => socket.destroy());
      mute.close();
    },
  };
}

beforeEach(async () => {
  server = await startTestSmtpServer();
  transport = transportTo(server.url);
});
afterEach(async () => {
  transport.close();
  await server.stop();
});

test("sends one address one mail, as HTML and as text, marked as automatic, under the given Message-ID", async () => {
  await transport.send(mail);
  const [source = ""] = server.received;
  const headers = headersOf(source);
  expect(headers).toMatch(/^From: noreply@changeover\.example$/im);
  expect(headers).toMatch(/^To: kim@brightwater\.example$/im);
  expect(headers).toMatch(/^Message-ID: <0b7f@changeover\.example>$/im);
  expect(headers).toMatch(/^Auto-Submitted: auto-generated$/im);
  expect(headers).toMatch(/^Content-Type: multipart\/alternative/im);
  expect(source).toContain("text/plain");
  expect(source).toContain("text/html");
});

test("lets no name add a header", async () => {
  await transport.send(mail);
  expect(headersOf(server.received[0] ?? "")).toMatch(/^Subject: .*Bcc: everybody@else\.example/im);
  expect(headersOf(server.received[0] ?? "")).not.toMatch(/^Bcc:/im);
});

test.each([
  "kim@brightwater.example, eve@else.example",
  "Kim <kim@brightwater.example>",
  "kim@brightwater.example\r\nRCPT TO:<eve@else.example>",
  "",
])("refuses %j, which is not one bare address", async (recipient) => {
  await expect(transport.send({ ...mail, recipient })).rejects.toThrow(MailRefusedError);
  expect(server.received).toEqual([]);
});

describe("is refused for good", () => {
  test("when the server knows no such address", async () => {
    server.behave({ onRcptTo: (_address, _session, done) => done(refusal(550, "No such user")) });
    const failure = await failureOf(transport.send(mail));
    expect(failure).toBeInstanceOf(MailRefusedError);
    expect(failureCode(failure)).toBe("550");
  });
});

describe("may be taken later", () => {
  /** Sends, and gives what the failure is called. */
  async function putOff(sending = transport.send(mail)): Promise<string> {
    const failure = await failureOf(sending);
    expect(failure).toHaveProperty("message");
    expect(failure).not.toBeInstanceOf(MailRefusedError);
    return failureCode(failure);
  }

  test("when the address is busy", async () => {
    server.behave({ onRcptTo: (_address, _session, done) => done(refusal(450)) });
    expect(await putOff()).toBe("450");
  });

  test("when the server refuses our sender address", async () => {
    server.behave({ onMailFrom: (_address, _session, done) => done(refusal(550)) });
    expect(await putOff()).toBe("550");
  });

  test("when the connection is lost after the mail was handed over", async () => {
    server.behave({ onData: (stream) => void buffer(stream).then(() => server.dropConnections()) });
    expect(await putOff()).toMatch(/^E(CONNECTION|SOCKET)$/);
  });

  test("when the server does not greet us", async () => {
    const mute = await startMuteServer();
    const hasty = transportTo(mute.url, hurry);
    expect(await putOff(hasty.send(mail))).toBe("ETIMEDOUT");
    hasty.close();
    mute.stop();
  });

  test("when nobody tells whether there is a server", async () => {
    const blackHole = await startBlackHole();
    const hasty = transportTo(`smtp://127.0.0.1:${blackHole.port}`, hurry);
    expect(await putOff(hasty.send(mail))).toBe("ETIMEDOUT");
    hasty.close();
    await blackHole.stop();
  });

  test("when the server says nothing more after it has the mail", async () => {
    server.behave({ onData: (stream) => void buffer(stream) });
    const hasty = transportTo(server.url, hurry);
    expect(await putOff(hasty.send(mail))).toBe("ETIMEDOUT");
    hasty.close();
  });

  test("when the server is closing down", async () => {
    server.behave({ onRcptTo: (_address, _session, done) => done(refusal(421)) });
    expect(await putOff()).toBe("421");
  });

  test("when the server has no room for the mail itself now", async () => {
    server.behave({ onData: (stream, _session, done) => void buffer(stream).then(() => done(refusal(452))) });
    expect(await putOff()).toBe("452");
  });

  test("when nobody listens", async () => {
    const port = await new Promise<number>((resolve) => {
      const unused = createServer().listen(0, "127.0.0.1", () => {
        const { port } = unused.address() as AddressInfo;
        unused.close(() => resolve(port));
      });
    });
    const nowhere = transportTo(`smtp://127.0.0.1:${port}`);
    expect(await putOff(nowhere.send(mail))).toBe("ESOCKET");
    nowhere.close();
  });
});

describe("if nothing else is said", () => {
  /** Lets time go by for timers alone: the clock and sockets go on as ever. */
  beforeEach(() => {
    jest.useFakeTimers({
      doNotFake: ["Date", "nextTick", "performance", "queueMicrotask", "setImmediate", "setInterval"],
    });
  });
  afterEach(() => jest.useRealTimers());

  async function expectPatience(sending: Promise<void>, what: string): Promise<void> {
    let failure: unknown;
    sending.catch((error: unknown) => (failure = error));
    await until(() => jest.getTimerCount() > 0);
    await jest.advanceTimersByTimeAsync(9_000);
    expect(failure).toBeUndefined();
    await jest.advanceTimersByTimeAsync(1_000);
    await until(() => failure !== undefined);
    expect(String(failure)).toContain(what);
  }

  test("waits ten seconds for a connection", async () => {
    const blackHole = await startBlackHole();
    const usual = transportTo(`smtp://127.0.0.1:${blackHole.port}`);
    await expectPatience(usual.send(mail), "Connection timeout");
    usual.close();
    await blackHole.stop();
  });

  test("waits ten seconds for a greeting", async () => {
    const mute = await startMuteServer();
    const usual = transportTo(mute.url);
    const sending = usual.send(mail);
    await until(() => mute.held.length > 0);
    await expectPatience(sending, "Greeting never received");
    usual.close();
    mute.stop();
  });
});

test("if nothing else is said it waits thirty seconds for each answer after the greeting", async () => {
  const quiet = jest.spyOn(Socket.prototype, "setTimeout");
  await transport.send(mail);
  expect(quiet.mock.calls.map(([milliseconds]) => milliseconds)).toContain(30_000);
  quiet.mockRestore();
});

test("an open connection that is dead without a word is given up, and the mail goes over another", async () => {
  const proxy = await startTcpProxy(server.url);
  const hasty = transportTo(proxy.url, hurry);
  await hasty.send(mail);
  proxy.freeze();
  await hasty.send(mail);
  expect(server.received).toHaveLength(2);
  hasty.close();
  await proxy.stop();
});

test("goes on with the next mail after a refusal and after a lost connection", async () => {
  server.behave({ onRcptTo: (_address, _session, done) => done(refusal(550)) });
  await failureOf(transport.send(mail));
  server.behave({ onRcptTo: (_address, _session, done) => done() });
  await transport.send(mail);
  server.dropConnections();
  await transport.send(mail);
  expect(server.received).toHaveLength(2);
});

test("signs mail for the sender's domain when it has a DKIM key", async () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const dkim = { selector: "changeover", privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  const signing = createMailTransport({
    smtpUrl: server.url,
    mailFrom: "noreply@changeover.example",
    portals: noPortals,
    dkim,
  });
  await signing.send(mail);
  signing.close();
  const signature = /^DKIM-Signature: (.*)$/im.exec(headersOf(server.received[0] ?? ""))?.[1];
  expect(signature).toMatch(/d=changeover\.example;.* s=changeover;/);
});
