import type { MailAccount, MailFacts } from "../domain/mailContent";
import { noteLines } from "./harmlessText";
import type { Fact, Letter, MailParty } from "./letter";
import { dateInWords, named, newPartners } from "./phrases";

/** A letter with its surroundings, in the order in which both layouts show it. */
export interface LetterParts {
  readonly heading: string;
  readonly paragraphs: readonly string[];
  readonly facts: readonly Fact[];
  readonly accounts: { readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] };
  readonly note: { readonly title: string; readonly lines: readonly string[] } | null;
  readonly next: readonly string[];
  /** Null without a portal: the email names the Request ID alone. */
  readonly link: { readonly label: string; readonly url: string } | null;
  readonly footer: string;
}

export interface Column {
  readonly title: string;
  /** Pixels that keep it on one line, where there is room. */
  readonly width: number;
}

/**
 * Adds to a letter what all letters to that party have in common. `page`: the request at the party's portal, or null.
 */
export function partsOf(letter: Letter, party: MailParty, content: MailFacts, page: string | null): LetterParts {
  const { heading, paragraphs, facts, note, next } = letter;
  return {
    heading,
    paragraphs,
    facts: [...commonFacts(party, content), ...facts],
    accounts: accountTable(content.accounts, letter.takesEffect),
    note: note === undefined || note.text === null ? null : { title: note.title, lines: noteLines(note.text) },
    next,
    link: page === null ? null : { label: "Open the request", url: page },
    footer: `This email was sent automatically about change of channel partner request ${content.requestId}. ${whyYou[party]}`,
  };
}

function commonFacts(party: MailParty, content: MailFacts): Fact[] {
  const request = { label: "Request ID", value: content.requestId };
  return party === "CUSTOMER" ? [request, { label: "New partner", value: newPartners(content) }] : [request];
}

/** Number and name, and what can differ between the accounts. */
function accountTable(accounts: readonly MailAccount[], takesEffect: boolean): LetterParts["accounts"] {
  const columns: (Column & { readonly value: (account: MailAccount) => string })[] = [
    { title: "Account", width: 90, value: ({ accountNumber }) => accountNumber },
    { title: "Name", width: 200, value: ({ displayName }) => displayName },
  ];
  const partnerOf = ({ newPartner }: MailAccount) => (newPartner === null ? "" : named(newPartner));
  if (new Set(accounts.map(partnerOf)).size > 1) columns.push({ title: "New partner", width: 140, value: partnerOf });
  if (takesEffect) {
    columns.push({ title: "Effective date", width: 165, value: (account) => dateInWords(account.effectiveDate) });
  }
  return { columns, rows: accounts.map((account) => columns.map(({ value }) => value(account))) };
}

const whyYou: Readonly<Record<MailParty, string>> = {
  CUSTOMER: "You receive it because you signed the request.",
  NEW_PARTNER: "You receive it because the customer named this address as the partner notification contact.",
  OLD_PARTNER: "You receive it because this is the address for notifications to your organization.",
};
