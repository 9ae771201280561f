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

/** The effective date has come: the partner of record has changed. */
export const completed: Template = {
  CUSTOMER: (content) => ({
    subject: `Completed: ${newPartners(content)} is your partner now (${content.requestId})`,
    heading: "Your change of partner is complete",
    paragraphs: [
      `${newPartners(content)} is partner of record for ${howManyAccounts(content)} of ${content.organization} since ${effectiveDate(content)}, and can place orders for ${content.accounts.length === 1 ? "it" : "them"}.`,
    ],
    facts: [submitted(content)],
    takesEffect: true,
    next: ["There is nothing to do."],
  }),
  NEW_PARTNER: (content) => ({
    subject: `Completed: you are the partner of ${content.organization} (${addressee(content).pcn}) now`,
    heading: `You are the partner of ${content.organization} now`,
    paragraphs: [
      `${named(addressee(content))} is partner of record of ${content.organization} for ${howManyAccounts(content)} since ${effectiveDate(content)}.`,
    ],
    facts: [customer(content), yourPcn(content), submitted(content)],
    takesEffect: true,
    next: ["You can place orders, and see the agreement in the portal."],
  }),
  OLD_PARTNER: (content) => ({
    subject: `Completed: ${content.organization} (${addressee(content).pcn}) has changed to another partner`,
    heading: `${content.organization} has changed to another partner`,
    paragraphs: [
      `${named(addressee(content))} is no longer partner of record of ${content.organization} for ${howManyAccounts(content)} since ${effectiveDate(content)}. Your access to the agreement has ended for them.`,
    ],
    facts: [customer(content), yourPcn(content)],
    takesEffect: true,
    next: ["There is nothing to do."],
  }),
};
