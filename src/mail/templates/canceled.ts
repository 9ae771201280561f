import type { Template } from "../letter";
import { customer, howManyAccounts, named, addressee, submitted, yourPcn } from "../phrases";

/** The customer canceled the request, or some of its accounts. */
export const canceled: Template = {
  CUSTOMER: (content) => ({
    subject: `Canceled: your change of partner for ${howManyAccounts(content)} (${content.requestId})`,
    heading: "Your cancellation is complete",
    paragraphs: [
      `The change of partner is canceled for ${howManyAccounts(content)} of ${content.organization}. The present partner remains partner of record.`,
      ...(content.othersGoOn ? ["Other billing accounts of the request are not affected."] : []),
    ],
    facts: [submitted(content)],
    takesEffect: false,
    next: ["There is nothing to do. To change partner nevertheless, send a new request in the portal."],
  }),
  NEW_PARTNER: (content) => ({
    subject: `Canceled: ${content.organization} (${addressee(content).pcn}) has withdrawn ${content.othersGoOn ? "a part of " : ""}its request ${content.requestId}`,
    heading: `${content.organization} has canceled ${content.othersGoOn ? "a part of " : ""}its request`,
    paragraphs: [
      `${content.organization} no longer asks for ${named(addressee(content))} to become its channel partner for the ${howManyAccounts(content)} below.`,
      ...(content.othersAreUnanswered
        ? ["Other billing accounts of the same request still wait for your answer."]
        : []),
    ],
    facts: [customer(content), yourPcn(content), submitted(content)],
    takesEffect: false,
    next: ["There is nothing to do: these billing accounts can no longer be accepted or declined in this request."],
  }),
};
