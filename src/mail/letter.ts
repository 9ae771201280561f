import type { MailContent } from "../domain/mailContent";
import type { Reaction } from "../domain/reactions";

/** Whom mail is written to. */
export type MailParty = Reaction["party"];

/** What one mail says, before it is laid out as HTML and as text. All of it is plain text. */
export interface Letter {
  readonly subject: string;
  readonly heading: string;
  /** What happened, and what it means to the reader. */
  readonly paragraphs: readonly string[];
  /** Beside the Request ID, which every mail names. */
  readonly facts: readonly Fact[];
  /** False when the change will not happen: then the accounts are named without a date. */
  readonly takesEffect: boolean;
  /** What somebody wrote. */
  readonly note?: { readonly title: string; readonly text: string | null };
  /** What the reader does now, a step each; empty when there is nothing to do. */
  readonly next: readonly string[];
}

export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** A notification kind's letter to each party that it is ever sent to. */
export type Template = { readonly [Party in MailParty]?: (content: MailContent) => Letter };
