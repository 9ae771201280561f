import type { MailFacts } from "../../domain/mailContent";
import type { Template } from "../letter";
import {
  addressee,
  customer,
  effectiveDateIs,
  hasTakenEffect,
  howManyAccounts,
  named,
  newPartners,
  submitted,
  yourPcn,
} from "../phrases";

/** Says that the dates before are over. */
function replaces({ accounts }: MailFacts): string {
  return accounts.length === 1 ? "It replaces the earlier date." : "Earlier dates of these accounts are replaced.";
}

/** The answer that the new partner still owes, if any. */
function stepOfNewPartner({ isUnanswered, isPartlyAnswered }: MailFacts): string {
  if (isPartlyAnswered) {
    return "Your organization has not answered for all of these billing accounts yet: accept or decline the others in the portal.";
  }
  return isUnanswered
    ? "Your organization has not answered for these billing accounts yet: accept or decline in the portal."
    : "There is nothing to do.";
}

/** The operations service center has set another effective date. */
export const effectiveDateAmended: Template = {
  CUSTOMER: (content) => ({
    subject: `New effective date for your change of partner (${content.requestId})`,
    heading: "The effective date has changed",
    paragraphs: [
      `The operations service center has set another effective date for the change to ${newPartners(content)} for ${howManyAccounts(content)} of ${content.organization}. ${effectiveDateIs(content)} ${replaces(content)}`,
    ],
    facts: [submitted(content)],
    takesEffect: true,
    next: ["There is nothing to do."],
  }),
  NEW_PARTNER: (content) => ({
    subject: `New effective date: ${content.organization} (${addressee(content).pcn})`,
    heading: "The effective date has changed",
    paragraphs: [
      `The operations service center has set another effective date for the change to ${named(addressee(content))} for ${howManyAccounts(content)} of ${content.organization}. ${effectiveDateIs(content)} ${replaces(content)}`,
    ],
    facts: [customer(content), yourPcn(content), submitted(content)],
    takesEffect: true,
    next: [stepOfNewPartner(content)],
  }),
  OLD_PARTNER: (content) => ({
    subject: `New effective date: ${content.organization} (${addressee(content).pcn}) changes to another partner`,
    heading: "The effective date has changed",
    paragraphs: [
      `Another effective date is set for the change of ${howManyAccounts(content)} of ${content.organization} from ${named(addressee(content))} to another channel partner. ${effectiveDateIs(content)} ${replaces(content)}`,
      ...(hasTakenEffect(content) ? [] : ["Until then you remain partner of record."]),
    ],
    facts: [customer(content), yourPcn(content)],
    takesEffect: true,
    next: [
      hasTakenEffect(content)
        ? "There is nothing to do."
        : "Settle open orders for these billing accounts before the effective date.",
    ],
  }),
};
