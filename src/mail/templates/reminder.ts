import type { Template } from "../letter";
import { addressee, howManyAccounts, named } from "../phrases";
import { deadlines, howToAnswer } from "./invitation";

/** The new partner has not answered yet. */
export const reminder: Template = {
  NEW_PARTNER: (content) => ({
    subject: `Reminder: ${content.organization} (${addressee(content).pcn}) is waiting for your answer`,
    heading: `${content.organization} is waiting for your answer`,
    paragraphs: [
      `${content.organization} has asked for ${named(addressee(content))} to become its channel partner for ${howManyAccounts(content)}, and your organization has not answered yet.`,
    ],
    facts: deadlines(content),
    takesEffect: true,
    next: howToAnswer(content),
  }),
};
