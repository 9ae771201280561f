import type { LocalDate } from "../domain/dates";
import type { AgreementChannel } from "../domain/model";
import type { TermsForm } from "../domain/terms";

/** All that a form shows, and nothing that changes by the mere passing of time: the same facts give the same bytes. */
export interface FormFacts {
  readonly requestId: string;
  readonly customer: { readonly customerNumber: string; readonly name: string };
  readonly submittedAt: Date;
  /** At least one. */
  readonly records: readonly FormRecord[];
  /** The text that was signed, with the sections for these records. */
  readonly terms: Omit<TermsForm, "kind">;
  readonly signature: FormSignature;
}

export interface FormRecord {
  readonly billingAccountId: string;
  readonly accountNumber: string;
  readonly displayName: string;
  readonly channel: AgreementChannel;
  readonly oldPartner: FormPartner;
  readonly newPartner: FormPartner;
  readonly effectiveDate: LocalDate;
  /** The case that moved the effective date from the one that was signed for, if one did. */
  readonly earlyCocpCaseNumber: string | null;
  readonly accepted: Acceptance;
}

export interface FormPartner {
  readonly pcn: string;
  readonly organizationName: string;
}

/** The new partner's word on a record. */
export interface Acceptance {
  readonly at: Date;
  /** E-mail address of the person. */
  readonly by: string;
}

export interface FormSignature {
  readonly firstName: string;
  readonly lastName: string;
  /** E-mail address of the person who was signed in. */
  readonly signedBy: string;
  readonly signedAt: Date;
}
