import type { AgreementChannel, TermsFormKind } from "./model";
import { currentEdition, editions } from "./termsText";

/** The form to sign, with a section for each channel of its accounts (docs/domain.md, "Terms and signature"). */
export interface TermsForm {
  readonly kind: TermsFormKind;
  /** Kind and edition, such as CHANGE_OF_RESELLER/2026-11: names the exact text. */
  readonly version: string;
  readonly title: string;
  readonly sections: readonly TermsFormSection[];
}

export interface TermsFormSection {
  readonly kind: TermsFormKind;
  readonly title: string;
  readonly body: string;
  readonly billingAccountIds: readonly string[];
}

interface TermsAccount {
  readonly id: string;
  readonly channel: AgreementChannel;
}

const sectionKinds = { DIRECT: "CHANGE_OF_SOFTWARE_ADVISOR", INDIRECT: "CHANGE_OF_RESELLER" } as const;

/**
 * Returns the terms for accounts, or null without accounts: for DIRECT the Change of Software Advisor, for INDIRECT
 * the Change of Reseller, for both a form with two sections. `edition`: the edition that was signed; the current one
 * if absent.
 */
export function termsFor(accounts: readonly TermsAccount[], edition = currentEdition): TermsForm | null {
  const text = editions[edition];
  if (text === undefined) throw new Error(`There is no edition ${edition} of the terms`);
  const sections = (["DIRECT", "INDIRECT"] as const)
    .map((channel) => ({ channel, members: accounts.filter((account) => account.channel === channel) }))
    .filter(({ members }) => members.length > 0)
    .map(({ channel, members }) => {
      const kind = sectionKinds[channel];
      return { kind, ...text[kind], billingAccountIds: members.map(({ id }) => id) };
    });
  const [first, second] = sections;
  if (first === undefined) return null;
  const kind = second === undefined ? first.kind : "COMBINED";
  const title = sections.map((section) => section.title).join(" and ");
  return { kind, version: `${kind}/${edition}`, title, sections };
}

/** Returns the terms as signed, for the accounts that a viewer may see. Throws for an unknown version. */
export function signedTerms(accounts: readonly TermsAccount[], version: string): TermsForm | null {
  const [kind, edition] = version.split("/");
  const form = termsFor(accounts, edition);
  return form && { ...form, version, kind: kind === "COMBINED" ? kind : form.kind };
}
