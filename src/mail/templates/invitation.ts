import type { Letter, Template } from "../letter";
import { addressee, customer, howManyAccounts, instantInWords, named, submitted, yourPcn } from "../phrases";
import type { MailFacts } from "../../domain/mailContent";

/** The new partner is asked to answer. */
export const invitation: Template = {
  NEW_PARTNER: (content) => ({
    subject: `Action required: ${content.organization} (${addressee(content).pcn}) would like you to be their new partner`,
    heading: `${content.organization} would like you to be their new partner`,
    paragraphs: [
      `${content.organization} has asked for ${named(addressee(content))} to become its channel partner for ${howManyAccounts(content)}.`,
      "Nothing changes until your organization accepts. Once it has, the operations service center reviews the request; you become partner of record on the effective date.",
    ],
    facts: deadlines(content),
    takesEffect: true,
    next: howToAnswer(content),
  }),
};

/** The facts of an invitation: the customer, the PCN, and the dates by which to answer. */
export function deadlines(content: MailFacts): Letter["facts"] {
  return [
    customer(content),
    yourPcn(content),
    submitted(content),
    { label: content.isOverdue ? "Answer was due" : "Respond by", value: instantInWords(content.respondBy) },
    { label: "Expires", value: instantInWords(content.expiresAt) },
  ];
}

/** The steps from an invitation to an answer. */
export function howToAnswer({ respondBy, expiresAt, isOverdue }: MailFacts): Letter["next"] {
  return [
    isOverdue
      ? "The answer is overdue, and still possible: sign in to the portal and accept or decline now."
      : `Sign in to the portal and accept or decline by ${instantInWords(respondBy)}.`,
    "Answer in the portal only, as a user who may answer for your organization. A reply to this email is not an answer.",
    `Without an answer the request expires on ${instantInWords(expiresAt)}, and the customer would have to send a new one.`,
  ];
}
