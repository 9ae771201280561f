import type { MailFacts, MailPartner } from "../domain/mailContent";

/** Characters that break a line or that nobody sees, save those below. */
const controls = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
/** Characters that turn the direction of the text around them. */
const directions = /\p{Bidi_Control}/gu;
const isolate = "\u2068";
const endOfIsolate = "\u2069";

/** A name on one line, in the direction of its letters. Names stored by older versions may hold anything. */
export function onOneLine(text: string): string {
  return text.replace(controls, " ").replace(directions, "");
}

/** The lines of a note without control characters. */
export function noteLines(text: string): string[] {
  return text.split(/\r\n?|[\n\u0085\u2028\u2029]/).map((line) => line.replace(controls, " "));
}

/** A line whose direction does not reach the text around it (Unicode Standard Annex 9). */
export function isolated(line: string): string {
  return line === "" ? "" : `${isolate}${line}${endOfIsolate}`;
}

/** The facts with each name on one line. The note stays as it was given: see `noteLines`. */
export function withHarmlessNames(facts: MailFacts): MailFacts {
  const partner = (named: MailPartner | null) =>
    named && { pcn: onOneLine(named.pcn), organizationName: onOneLine(named.organizationName) };
  return {
    ...facts,
    organization: onOneLine(facts.organization),
    recipientPartner: partner(facts.recipientPartner),
    accounts: facts.accounts.map((account) => ({
      ...account,
      accountNumber: onOneLine(account.accountNumber),
      displayName: onOneLine(account.displayName),
      newPartner: partner(account.newPartner),
    })),
  };
}
