import type { Template } from "../letter";
import { effectiveDate, howManyAccounts, newPartners, submitted } from "../phrases";

/** The customer's request was accepted. */
export const accepted: Template = {
  CUSTOMER: (content) => ({
    subject: `Accepted: ${newPartners(content)} will be your new partner (${content.requestId})`,
    heading: "Your new partner has accepted",
    paragraphs: [
      `${newPartners(content)} has accepted your request for ${howManyAccounts(content)} of ${content.organization}. The new partner becomes active on ${effectiveDate(content)}.`,
      "The operations service center now reviews the request, typically within 24 to 48 hours. Until the effective date your present partner remains partner of record.",
    ],
    facts: [submitted(content)],
    takesEffect: true,
    next: ["There is nothing to do. You can follow the request in the portal and download its form there."],
  }),
};
