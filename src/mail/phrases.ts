import { startOfDate, type LocalDate } from "../domain/dates";
import type { MailContent, MailPartner } from "../domain/mailContent";
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

/** The new partners that the accounts are to go to, each once. In mail to the customer only. */
export function newPartners({ accounts }: MailContent): string {
  const names = accounts.flatMap(({ newPartner }) => (newPartner === null ? [] : named(newPartner)));
  return listFormat.format(new Set(names));
}

/** The partner that is addressed. In mail to a partner only. */
export function addressee({ recipientPartner }: MailContent): MailPartner {
  if (recipientPartner === null) throw new Error("Mail to a partner names it");
  return recipientPartner;
}

/** "1 billing account", "3 billing accounts". */
export function howManyAccounts({ accounts }: MailContent): string {
  return accounts.length === 1 ? "1 billing account" : `${accounts.length} billing accounts`;
}

/** "20 February 2027 (UTC)", or where to find the dates when the accounts' differ. */
export function effectiveDate({ accounts }: MailContent): string {
  const dates = [...new Set(accounts.map((account) => account.effectiveDate))];
  const [only, another] = dates;
  return only === undefined || another !== undefined ? "the dates below" : dateInWords(only);
}

export function submitted({ submittedAt }: MailContent): Fact {
  return { label: "Submitted", value: instantInWords(submittedAt) };
}

export function customer({ organization }: MailContent): Fact {
  return { label: "Customer", value: organization };
}

export function yourPcn(content: MailContent): Fact {
  return { label: "Your PCN", value: addressee(content).pcn };
}
