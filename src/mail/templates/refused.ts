import type { Template } from "../letter";
import { addressee, customer, howManyAccounts, named, newPartners, submitted, yourPcn } from "../phrases";

const noteTitle = "What the operations service center wrote";

/** The operations service center does not let the change go on. */
export const refused: Template = {
  CUSTOMER: (content) => ({
    subject: `Refused: your change of partner for ${howManyAccounts(content)} (${content.requestId})`,
    heading: "Your request was refused in review",
    paragraphs: [
      `The operations service center has refused the change to ${newPartners(content)} for ${howManyAccounts(content)} of ${content.organization}. The present partner remains partner of record.`,
    ],
    facts: [submitted(content)],
    takesEffect: false,
    note: { title: noteTitle, text: content.note },
    next: ["Once what stands in the way is settled, send a new request in the portal."],
  }),
  NEW_PARTNER: (content) => ({
    subject: `Refused: the request of ${content.organization} (${addressee(content).pcn})`,
    heading: `The request of ${content.organization} was refused in review`,
    paragraphs: [
      `The operations service center has refused the change for ${howManyAccounts(content)}: ${named(addressee(content))} will not become the channel partner of ${content.organization} through this request.`,
    ],
    facts: [customer(content), yourPcn(content), submitted(content)],
    takesEffect: false,
    note: { title: noteTitle, text: content.note },
    next: ["There is nothing to do. The customer has been told as well."],
  }),
};
