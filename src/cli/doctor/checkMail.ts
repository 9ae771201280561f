import { createTransport } from "nodemailer";
import { errorCode } from "../../errorCode";
import { certificateCure, isCertificateCode } from "../certificateCure";
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
    return [failed(what, messageOf(error), cureOf(mailErrorCode(error)))];
  } finally {
    transport.close();
  }
}

/** nodemailer replaces the code of a socket or of TLS by its own, and keeps it beside. */
function mailErrorCode(error: unknown): string | null {
  const original: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "originalCode") : null;
  return typeof original === "string" && isCertificateCode(original) ? original : errorCode(error);
}

function cureOf(code: string | null): string {
  if (isCertificateCode(code)) {
    return certificateCure(
      "the host of SMTP_URL",
      "or trust it as it is with ?tls.rejectUnauthorized=false in SMTP_URL",
    );
  }
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
