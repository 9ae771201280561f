import type { AgreementChannel, TermsFormKind } from "./model";
import { currentEdition, editions } from "./termsText";

/** The form to review and sign, with a section for each channel among the accounts (reference: "Review the Change Partner terms"). */
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
 * The terms for these accounts: all DIRECT, Change of Software Advisor; all INDIRECT, Change of Reseller; mixed, one form
 * with a section for each. Null without accounts. `edition` is that of an earlier signature; absent, the current one.
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

/** The terms as they were signed, for those of the accounts that a viewer may see. Throws for a version that never was. */
export function signedTerms(accounts: readonly TermsAccount[], version: string): TermsForm | null {
  const [kind, edition] = version.split("/");
  const form = termsFor(accounts, edition);
  return form && { ...form, version, kind: kind === "COMBINED" ? kind : form.kind };
}
