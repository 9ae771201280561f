import type { Template } from "../letter";
import {
  addressee,
  customer,
  howManyAccounts,
  instantInWords,
  named,
  newPartners,
  submitted,
  theRequest,
  yourPcn,
} from "../phrases";

/** The new partner did not answer in time. */
export const expired: Template = {
  CUSTOMER: (content) => ({
    subject: `Expired: your change of partner for ${howManyAccounts(content)} (${content.requestId})`,
    heading: content.othersExist ? "A part of your request has expired" : "Your request has expired",
    paragraphs: [
      `${newPartners(content)} did not answer for ${howManyAccounts(content)} of ${content.organization} by ${instantInWords(content.expiresAt)}. The change is over for ${content.accounts.length === 1 ? "it" : "them"}, and the present partner remains partner of record.`,
    ],
    facts: [submitted(content)],
    takesEffect: false,
    next: ["To change partner nevertheless, speak with the new partner and send a new request in the portal."],
  }),
  NEW_PARTNER: (content) => ({
    subject: `Expired: ${theRequest(content)} of ${content.organization} (${addressee(content).pcn})`,
    heading: `${content.othersExist ? "A part of the" : "The"} request of ${content.organization} has expired`,
    paragraphs: [
      `${named(addressee(content))} was asked to become the channel partner of ${content.organization} for ${howManyAccounts(content)}. There was no answer by ${instantInWords(content.expiresAt)}: these billing accounts can no longer be accepted or declined in this request.`,
    ],
    facts: [customer(content), yourPcn(content), submitted(content)],
    takesEffect: false,
    next: ["If you would have accepted, ask the customer to send a new request."],
  }),
};
