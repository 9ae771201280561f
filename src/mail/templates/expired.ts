import type { Template } from "../letter";
import {
  addressee,
  customer,
  howManyAccounts,
  instantInWords,
  named,
  newPartners,
  submitted,
  yourPcn,
} from "../phrases";

/** Nobody answered in time. */
export const expired: Template = {
  CUSTOMER: (content) => ({
    subject: `Expired: your change of partner for ${howManyAccounts(content)} (${content.requestId})`,
    heading: "Your request has expired",
    paragraphs: [
      `${newPartners(content)} did not answer by ${instantInWords(content.expiresAt)}. The request for ${howManyAccounts(content)} of ${content.organization} is over, and the present partner remains partner of record.`,
    ],
    facts: [submitted(content)],
    takesEffect: false,
    next: ["To change partner all the same, speak with the new partner and send a new request in the portal."],
  }),
  NEW_PARTNER: (content) => ({
    subject: `Expired: the request of ${content.organization} (${addressee(content).pcn})`,
    heading: `The request of ${content.organization} has expired`,
    paragraphs: [
      `${named(addressee(content))} was asked to become the channel partner of ${content.organization} for ${howManyAccounts(content)}. There was no answer by ${instantInWords(content.expiresAt)}, so the request is over.`,
    ],
    facts: [customer(content), yourPcn(content), submitted(content)],
    takesEffect: false,
    next: ["If you would have accepted, ask the customer to send a new request."],
  }),
};
