import type { Template } from "../letter";
import {
  addressee,
  customer,
  effectiveDate,
  howManyAccounts,
  named,
  newPartners,
  submitted,
  yourPcn,
} from "../phrases";

/** The operations service center has set another effective date. */
export const effectiveDateAmended: Template = {
  CUSTOMER: (content) => ({
    subject: `New effective date for your change of partner (${content.requestId})`,
    heading: "The effective date has changed",
    paragraphs: [
      `The change to ${newPartners(content)} for ${howManyAccounts(content)} of ${content.organization} is now planned for ${effectiveDate(content)}.`,
      "This date replaces the one that you were told before.",
    ],
    facts: [submitted(content)],
    takesEffect: true,
    next: ["There is nothing to do."],
  }),
  NEW_PARTNER: (content) => ({
    subject: `New effective date: ${content.organization} (${addressee(content).pcn})`,
    heading: "The effective date has changed",
    paragraphs: [
      `The change to ${named(addressee(content))} for ${howManyAccounts(content)} of ${content.organization} is now planned for ${effectiveDate(content)}.`,
      "This date replaces the one that you were told before.",
    ],
    facts: [customer(content), yourPcn(content), submitted(content)],
    takesEffect: true,
    next: ["If your organization has not answered the request yet, accept or decline it in the portal."],
  }),
  OLD_PARTNER: (content) => ({
    subject: `New effective date: ${content.organization} (${addressee(content).pcn}) changes to another partner`,
    heading: "The effective date has changed",
    paragraphs: [
      `${howManyAccounts(content)} of ${content.organization} that ${named(addressee(content))} serves today will go to another channel partner on ${effectiveDate(content)}.`,
      "This date replaces the one that you were told before. Until then you remain partner of record.",
    ],
    facts: [customer(content), yourPcn(content)],
    takesEffect: true,
    next: ["Settle open orders for these billing accounts before the effective date."],
  }),
};
