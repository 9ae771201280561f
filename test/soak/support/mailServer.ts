import { text } from "node:stream/consumers";
import { refusal, type TestSmtpServer } from "../../support/network/smtpServer";

/**
 * A mail server of a bad day: of 100 mails it puts one off, and takes another but hangs up before it says so, which
 * nobody can tell from a loss.
 */
export function misbehave(server: TestSmtpServer): void {
  const received = server.received as string[];
  let count = 0;
  server.behave({
    onData: (stream, _session, done) =>
      void text(stream).then((mail) => {
        count += 1;
        if (count % 100 === 10) return done(refusal(450, "Later"));
        received.push(mail);
        if (count % 100 === 20) return server.dropConnections();
        done();
      }, done), // a sender that was killed in the middle
  });
}
