import type { Template } from "../letter";
import {
  addressee,
  customer,
  effectiveDateIs,
  hasTakenEffect,
  howManyAccounts,
  named,
  newPartners,
  submitted,
  yourPcn,
} from "../phrases";

/** The review is passed: the grace period runs until the effective date. */
export const approved: Template = {
  CUSTOMER: (content) => ({
    subject: `Approved: ${newPartners(content)} becomes your partner (${content.requestId})`,
    heading: "Your change of partner is approved",
    paragraphs: [
      `The operations service center has approved the change to ${newPartners(content)} for ${howManyAccounts(content)} of ${content.organization}. ${effectiveDateIs(content)}`,
      ...(hasTakenEffect(content)
        ? []
        : [
            "Until then is the grace period: your present partner remains partner of record, and the new partner has no access to the agreement.",
          ]),
    ],
    facts: [submitted(content)],
    takesEffect: true,
    next: ["There is nothing to do."],
  }),
  NEW_PARTNER: (content) => ({
    subject: `Approved: you become the partner of ${content.organization} (${addressee(content).pcn})`,
    heading: `You become the partner of ${content.organization}`,
    paragraphs: [
      `The operations service center has approved the change to ${named(addressee(content))} for ${howManyAccounts(content)} of ${content.organization}. ${effectiveDateIs(content)}`,
      ...(hasTakenEffect(content)
        ? []
        : [
            "From that date on you can place orders and see the agreement. Until then the present partner remains partner of record.",
          ]),
    ],
    facts: [customer(content), yourPcn(content), submitted(content)],
    takesEffect: true,
    next: [hasTakenEffect(content) ? "There is nothing to do." : "There is nothing to do before the effective date."],
  }),
  OLD_PARTNER: (content) => ({
    subject: `Notice: ${content.organization} (${addressee(content).pcn}) changes to another partner`,
    heading: `${content.organization} changes to another partner`,
    paragraphs: [
      `${content.organization} has chosen another channel partner in place of ${named(addressee(content))} for ${howManyAccounts(content)}. ${effectiveDateIs(content)}`,
      ...(hasTakenEffect(content) ? [] : ["Until then you remain partner of record."]),
    ],
    facts: [customer(content), yourPcn(content)],
    takesEffect: true,
    next: [
      hasTakenEffect(content)
        ? "There is nothing to do."
        : "Settle open orders for these billing accounts before the effective date.",
    ],
  }),
};
