import type { TermsFormKind } from "./model";

/** The text of one section of the form. Paragraphs are separated by a blank line. */
interface SectionText {
  readonly title: string;
  readonly body: string;
}

/**
 * Names this exact text. A change of a single word is a new edition: whoever signed an earlier one signed another text,
 * so earlier editions stay in `editions`.
 */
export const currentEdition = "2026-11";

const common = `The customer confirms that the person who signs may act for it, and that the information in this request is complete and correct.

The change applies only to the billing accounts listed in this section. It changes neither the term, the prices nor the other conditions of the agreement, and it creates no new agreement. Obligations that arose before the effective date, payments due to the current partner among them, remain as they are.

The new partner is asked to accept or decline. Without an acceptance by the expiry that is shown with the request, the request ends. Until the new partner has answered, the customer may cancel the request in full or for some of the billing accounts.

After acceptance the operations service center reviews the request. Until the effective date the current partner remains partner of record and the new partner has no access to the agreement. The effective date is the one shown for each billing account when the request is submitted, unless an Early COCP case sets another; it is never earlier than the day of approval.`;

export const editions: Readonly<Record<string, Readonly<Record<Exclude<TermsFormKind, "COMBINED">, SectionText>>>> = {
  "2026-11": {
    CHANGE_OF_SOFTWARE_ADVISOR: {
      title: "Change of Software Advisor",
      body: `The customer appoints the partner named for each billing account of this section as its software advisor under the agreement, in place of the current software advisor, from the effective date on.

The customer continues to order from and to pay Microsoft directly. From the effective date on the new software advisor advises the customer on its orders, may place them on its behalf, and receives the information about the agreement that this takes; the current software advisor's access ends on that date.

${common}`,
    },
    CHANGE_OF_RESELLER: {
      title: "Change of Reseller",
      body: `The customer chooses the partner named for each billing account of this section as its reseller under the agreement, in place of the current reseller, from the effective date on.

Orders placed before the effective date are invoiced by the current reseller, orders placed from that date on by the new one. Prices and payment terms are agreed between the customer and its reseller. From the effective date on the new reseller receives the information about the agreement that ordering takes; the current reseller's access ends on that date.

${common}`,
    },
  },
};
