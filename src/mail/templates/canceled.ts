import type { Template } from "../letter";
import { customer, howManyAccounts, named, addressee, submitted, yourPcn } from "../phrases";

/** The customer took the request back, or some of its accounts out of it. */
export const canceled: Template = {
  CUSTOMER: (content) => ({
    subject: `Canceled: your change of partner for ${howManyAccounts(content)} (${content.requestId})`,
    heading: "Your cancellation is complete",
    paragraphs: [
      `The change of partner is canceled for ${howManyAccounts(content)} of ${content.organization}. The present partner remains partner of record.`,
      "Other billing accounts of the same request, if there are any, are not affected.",
    ],
    facts: [submitted(content)],
    takesEffect: false,
    next: ["There is nothing to do. You can send a new request for these billing accounts at any time."],
  }),
  NEW_PARTNER: (content) => ({
    subject: `Canceled: ${content.organization} (${addressee(content).pcn}) has withdrawn its request ${content.requestId}`,
    heading: `${content.organization} has canceled its request`,
    paragraphs: [
      `${content.organization} no longer asks for ${named(addressee(content))} to become its channel partner for the ${howManyAccounts(content)} below.`,
      "Other billing accounts of the same request, if there are any, still wait for your answer.",
    ],
    facts: [customer(content), yourPcn(content), submitted(content)],
    takesEffect: false,
    next: ["There is nothing to do: these billing accounts can no longer be accepted or declined."],
  }),
};
