import { randomBytes } from "node:crypto";
import { createEmptyDatabase, type TestDatabase } from "../support/data/testDatabase";
import { startTestMailbox, type TestMailbox } from "../support/network/testMailbox";
import { changeover, freePort, startIssuer, type Command, type Issuer } from "./support";

/** `serve` and `worker` as an operator runs them, on a database of their own: own issuer, own mail server. */
export interface Processes {
  readonly database: TestDatabase;
  readonly mailbox: TestMailbox;
  readonly environment: NodeJS.ProcessEnv;
  /** Of the server, whichever runs. */
  readonly url: string;
  readonly issuer: Issuer;
  tokenFor(email: string): Promise<string>;
  /** Runs a command to its end and gives its output. Rejects when it fails. */
  run(...args: string[]): Promise<string>;
  /** Starts a process that stays, until it is ended or all are stopped. */
  start(name: "serve" | "worker", more?: NodeJS.ProcessEnv): Promise<Command>;
  /** Asks as a person, and gives the data. */
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into freely
  ask(email: string, query: string, variables?: object): Promise<any>;
  stop(): Promise<void>;
}

export async function prepareProcesses(): Promise<Processes> {
  const database = await createEmptyDatabase();
  const mailbox = await startTestMailbox();
  const issuer = await startIssuer("https://changeover.example");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const environment: NodeJS.ProcessEnv = {
    PORT: String(port),
    DATABASE_URL: database.url,
    SMTP_URL: mailbox.smtpUrl,
    MAIL_FROM: "changeover@changeover.example",
    AUTH_ISSUER: issuer.issuer,
    AUTH_AUDIENCE: "https://changeover.example",
    FORM_URL_SECRET: randomBytes(32).toString("hex"),
  };
  const running: Command[] = [];
  return {
    database,
    mailbox,
    environment,
    url,
    issuer,
    tokenFor: issuer.tokenFor,
    async run(...args) {
      const command = changeover(args, environment);
      const code = await command.exit;
      if (code !== 0) throw new Error(`changeover ${args.join(" ")} exited ${code}:\n${command.output()}`);
      return command.output();
    },
    async start(name, more = {}) {
      const command = changeover([name], { ...environment, ...more });
      running.push(command);
      await command.line(name === "serve" ? /"serving"/ : /"working"/);
      return command;
    },
    async ask(email, query, variables = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${await issuer.tokenFor(email)}` },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    },
    async stop() {
      for (const { process, exit } of running) {
        process.kill("SIGTERM");
        await exit;
      }
      await issuer.stop();
      await mailbox.stop();
      await database.drop();
    },
  };
}

const preview = `query($changes: [PartnerChangeInput!]!) {
  previewCocp(changes: $changes) { terms { version } userErrors { message } } }`;

/** What an administrator sends to move accounts to a partner of the demo, as the preview says. */
export async function submission({ ask }: Processes, email: string, [first = 0, end = 1]: readonly number[]) {
  const { billingAccounts } = await ask(email, "{ billingAccounts(filter: { eligible: true }) { nodes { id } } }");
  const changes = billingAccounts.nodes.slice(first, end).map(({ id }: { id: string }) => ({
    billingAccountId: id,
    newPartnerPcn: "PCN-4410387",
    partnerNotificationContact: "kim.lee@harrowgate.example",
    reason: "OTHER",
  }));
  const { previewCocp } = await ask(email, preview, { changes });
  if (previewCocp.userErrors.length > 0) throw new Error(JSON.stringify(previewCocp.userErrors));
  const termsVersion: string = previewCocp.terms.version;
  return { changes, signature: { firstName: "Dana", lastName: "Whitfield", acceptTerms: true, termsVersion } };
}

/** Takes the input of initiateCocp. */
export const initiate = `mutation($input: InitiateCocpInput!) {
  initiateCocp(input: $input) { replayed request { requestId records { id } } userErrors { message } } }`;
