import type { Template } from "../letter";
import { effectiveDateIs, hasTakenEffect, howManyAccounts, newPartners, submitted } from "../phrases";

/** The new partner has accepted. */
export const accepted: Template = {
  CUSTOMER: (content) => ({
    subject: `Accepted: ${newPartners(content)} will be your new partner (${content.requestId})`,
    heading: "Your new partner has accepted",
    paragraphs: [
      `${newPartners(content)} has accepted your request for ${howManyAccounts(content)} of ${content.organization}. ${effectiveDateIs(content)}`,
      ...(content.isInReview
        ? ["The operations service center reviews accepted requests, typically within 24 to 48 hours."]
        : []),
      ...(hasTakenEffect(content)
        ? []
        : [
            "Once approved, the change takes effect on the effective date. Before it your present partner remains partner of record.",
          ]),
    ],
    facts: [submitted(content)],
    takesEffect: true,
    next: ["There is nothing to do. You can follow the request in the portal and download its form there."],
  }),
};
