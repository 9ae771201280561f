import { startOfDate, type LocalDate } from "../domain/dates";
import type { MailFacts, MailPartner } from "../domain/mailContent";
import type { Fact } from "./letter";

const utc = { timeZone: "UTC" } as const;
const dayFormat = new Intl.DateTimeFormat("en-GB", { ...utc, dateStyle: "long" });
const timeFormat = new Intl.DateTimeFormat("en-GB", { ...utc, timeStyle: "short" });
const listFormat = new Intl.ListFormat("en-GB");

/** A calendar date such as "20 February 2027 (UTC)". */
export function dateInWords(date: LocalDate): string {
  return `${dayFormat.format(startOfDate(date))} (UTC)`;
}

/** An ISO 8601 instant such as "3 December 2026, 14:05 UTC". */
export function instantInWords(instant: string): string {
  const moment = new Date(instant);
  return `${dayFormat.format(moment)}, ${timeFormat.format(moment)} UTC`;
}

/** A partner such as "Fabrikam (PCN-4410512)". */
export function named({ organizationName, pcn }: MailPartner): string {
  return `${organizationName} (${pcn})`;
}

/** The new partners that the accounts are to go to, each once. In email to the customer only. */
export function newPartners({ accounts }: MailFacts): string {
  const names = accounts.flatMap(({ newPartner }) => (newPartner === null ? [] : named(newPartner)));
  return listFormat.format(new Set(names));
}

/** The partner that is addressed. In email to a partner only. */
export function addressee({ recipientPartner }: MailFacts): MailPartner {
  if (recipientPartner === null) throw new Error("Email to a partner names it");
  return recipientPartner;
}

/** "1 billing account", "3 billing accounts". */
export function howManyAccounts({ accounts }: MailFacts): string {
  return accounts.length === 1 ? "1 billing account" : `${accounts.length} billing accounts`;
}

/** "The effective date is 20 February 2027 (UTC).", or a pointer to the dates below when the accounts' differ. */
export function effectiveDateIs({ accounts }: MailFacts): string {
  const dates = [...new Set(accounts.map((account) => account.effectiveDate))];
  const [only, another] = dates;
  if (only === undefined || another !== undefined) return "The effective dates are listed with the accounts.";
  return `The effective date is ${dateInWords(only)}.`;
}

/** Whether the effective date of every account has come. */
export function hasTakenEffect({ accounts, today }: MailFacts): boolean {
  return accounts.every((account) => account.effectiveDate <= today);
}

/** "20 February 2027 (UTC)", or where to find the dates when the accounts' differ. */
export function effectiveDate({ accounts }: MailFacts): string {
  const dates = [...new Set(accounts.map((account) => account.effectiveDate))];
  const [only, another] = dates;
  return only === undefined || another !== undefined ? "the dates below" : dateInWords(only);
}

/** "the request", or "a part of the request" when it has other accounts. */
export function theRequest({ othersExist }: MailFacts): string {
  return othersExist ? "a part of the request" : "the request";
}

export function submitted({ submittedAt }: MailFacts): Fact {
  return { label: "Submitted", value: instantInWords(submittedAt) };
}

export function customer({ organization }: MailFacts): Fact {
  return { label: "Customer", value: organization };
}

export function yourPcn(content: MailFacts): Fact {
  return { label: "Your PCN", value: addressee(content).pcn };
}
