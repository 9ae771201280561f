import type { Template } from "../letter";
import { addressee, customer, howManyAccounts, named, newPartners, submitted, theRequest, yourPcn } from "../phrases";

const noteTitle = "What the operations service center wrote";

/** The operations service center has refused the change. */
export const refused: Template = {
  CUSTOMER: (content) => ({
    subject: `Refused: your change of partner for ${howManyAccounts(content)} (${content.requestId})`,
    heading: content.othersExist
      ? "A part of your request was refused in review"
      : "Your request was refused in review",
    paragraphs: [
      `The operations service center has refused the change to ${newPartners(content)} for ${howManyAccounts(content)} of ${content.organization}. The present partner remains partner of record.`,
    ],
    facts: [submitted(content)],
    takesEffect: false,
    note: { title: noteTitle, text: content.note },
    next: ["Once what stands in the way is settled, send a new request in the portal."],
  }),
  NEW_PARTNER: (content) => ({
    subject: `Refused: ${theRequest(content)} of ${content.organization} (${addressee(content).pcn})`,
    heading: `${content.othersExist ? "A part of the" : "The"} request of ${content.organization} was refused in review`,
    paragraphs: [
      `The operations service center has refused the change for ${howManyAccounts(content)}: ${named(addressee(content))} will not become the channel partner of ${content.organization} through this request.`,
    ],
    facts: [customer(content), yourPcn(content), submitted(content)],
    takesEffect: false,
    note: { title: noteTitle, text: content.note },
    next: ["There is nothing to do."],
  }),
  OLD_PARTNER: (content) => ({
    subject: `Notice: ${content.organization} (${addressee(content).pcn}) stays with you`,
    heading: `${content.organization} does not change to another partner`,
    paragraphs: [
      `The change to another channel partner is called off for ${howManyAccounts(content)} of ${content.organization}. ${named(addressee(content))} remains partner of record.`,
    ],
    facts: [customer(content), yourPcn(content)],
    takesEffect: false,
    next: ["There is nothing to do. Orders for these billing accounts stay with you."],
  }),
};
