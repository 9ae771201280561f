import type { Template } from "../letter";
import { howManyAccounts, newPartners, submitted } from "../phrases";

/** The new partner has declined. */
export const declined: Template = {
  CUSTOMER: (content) => ({
    subject: `Declined: ${newPartners(content)} will not be your new partner (${content.requestId})`,
    heading: "The partner has declined",
    paragraphs: [
      `${newPartners(content)} has declined your request for ${howManyAccounts(content)} of ${content.organization}. The present partner remains partner of record.`,
    ],
    facts: [submitted(content)],
    takesEffect: false,
    note: { title: "What the partner wrote", text: content.note },
    next: ["To change partner nevertheless, send a new request in the portal, to this partner or to another one."],
  }),
};
