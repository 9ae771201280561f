import { createMailTransport } from "../../../src/mail/mailTransport";
import { startWorker } from "../../../src/jobs/worker";
import { openTestServices } from "../api/testServices";
import { noPortals } from "../api/noPortals";

/** A worker in a process of its own, until it is killed. Tells the test that started it when it works. */
const { databaseUrl, smtpUrl }: { databaseUrl: string; smtpUrl: string } = JSON.parse(process.argv[2] ?? "");
const mail = createMailTransport({ smtpUrl, mailFrom: "noreply@changeover.example", portals: noPortals });
void openTestServices(databaseUrl)
  .then((context) => startWorker({ databaseUrl, context, mail }))
  .then(() => process.send?.("works"));
process.on("disconnect", () => process.exit()); // stays only while that test does
