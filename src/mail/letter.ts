import type { MailFacts } from "../domain/mailContent";
import type { Reaction } from "../domain/reactions";

/** The side that an email is written to. */
export type MailParty = Reaction["party"];

/** The text of one email, before it is laid out as HTML and as text. All of it is plain text. */
export interface Letter {
  readonly subject: string;
  readonly heading: string;
  /** The facts, and what they mean to the reader. */
  readonly paragraphs: readonly string[];
  /** In addition to the Request ID, which every email names. */
  readonly facts: readonly Fact[];
  /** False when the change will not happen: then the accounts are named without a date. */
  readonly takesEffect: boolean;
  /** The note of a person. */
  readonly note?: { readonly title: string; readonly text: string | null };
  /** Next steps of the reader. May be empty. */
  readonly next: readonly string[];
}

export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** A notification kind's letter to each party that it is ever sent to. */
export type Template = { readonly [Party in MailParty]?: (content: MailFacts) => Letter };
