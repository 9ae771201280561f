import { createTransport } from "nodemailer";
import { errorCode } from "../../errorCode";
import { messageOf } from "../databaseUrl";
import { failed, ok, type Finding } from "./finding";

const what = "mail server (SMTP_URL)";
/** Milliseconds. */
const patience = 5_000;

/** Whether the mail server answers and lets us sign in. No mail is sent. */
export async function checkMail(smtpUrl: string): Promise<Finding[]> {
  const timeouts = {
    connectionTimeout: patience,
    greetingTimeout: patience,
    dnsTimeout: patience,
    socketTimeout: patience,
  };
  const transport = createTransport({ url: smtpUrl, ...timeouts });
  try {
    await transport.verify();
    return [ok(what)];
  } catch (error) {
    return [failed(what, messageOf(error), cureOf(errorCode(error)))];
  } finally {
    transport.close();
  }
}

function cureOf(code: string | null): string {
  switch (code) {
    case "EAUTH":
      return "correct the user and password in SMTP_URL (percent-encoded), or ask for an account that may send";
    case "EDNS":
    case "ENOTFOUND":
      return "correct the host name in SMTP_URL";
    case "ETLS":
      return "use smtps:// for port 465 and smtp:// for 587 or 25, and see that the certificate names that host";
    case "ETIMEDOUT":
      return "let this machine through to that host and port, or correct them in SMTP_URL";
    default:
      return "start the mail server, or correct the host and port in SMTP_URL";
  }
}
