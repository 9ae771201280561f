import { addDays, utcDate, type LocalDate } from "./dates";
import { ineligibilityReasons, type AccountFacts, type IneligibilityReason } from "./eligibility";
import { CocpError, type UserErrorFacts } from "./errors";
import { addressKey, pcnKey } from "./keys";
import type { CocpReason, CocpWarningCode, ContactVerification } from "./model";
import {
  contactWarning,
  partnerProblem,
  partnerProblemsOn,
  verifyContact,
  type PartnerFacts,
  type PartnerUserFacts,
} from "./partnerChecks";
import type { CocpPolicy } from "./policy";
import { termsFor, type TermsForm } from "./terms";
import { checkEmail, checkName, checkNote } from "./text";

/** The customer's input for one billing account. */
export interface PartnerChange {
  /** Null when the input is not the ID of a billing account. */
  readonly billingAccountId: string | null;
  readonly newPartnerPcn: string;
  readonly partnerNotificationContact: string;
  readonly reason: CocpReason;
  readonly reasonNote?: string | null;
}

export interface SignatureGiven {
  readonly firstName: string;
  readonly lastName: string;
  readonly acceptTerms: boolean;
  readonly termsVersion: string;
}

/** The rows of the directory that the changes name and the viewer may see. */
export interface InitiationFacts {
  readonly accounts: ReadonlyMap<string, AccountFacts>;
  /** By PCN. */
  readonly partners: ReadonlyMap<string, PartnerFacts>;
  /** By `addressKey`. */
  readonly partnerUsers: ReadonlyMap<string, PartnerUserFacts>;
}

/** A checked change. Null stands for a value that is unknown or invalid. */
export interface AssessedChange {
  readonly account: AccountFacts | null;
  readonly reasons: readonly IneligibilityReason[];
  readonly partner: PartnerFacts | null;
  readonly contact: string | null;
  readonly contactVerification: ContactVerification | null;
  readonly reason: CocpReason;
  readonly reasonNote: string | null;
}

export interface Warning {
  readonly code: CocpWarningCode;
  readonly message: string;
  readonly field: readonly string[];
}

export interface Schedule {
  readonly respondBy: Date;
  readonly expiresAt: Date;
  readonly effectiveDate: LocalDate;
}

/** The outcome of a submission, before it is made. */
export interface Assessment {
  readonly items: readonly AssessedChange[];
  /** For the eligible accounts; null without any. */
  readonly terms: TermsForm | null;
  readonly schedule: Schedule;
  readonly errors: readonly UserErrorFacts[];
  readonly warnings: readonly Warning[];
}

/** The dates of a request submitted now (docs/domain.md, "Deadlines"). */
export function scheduleFrom(now: Date, policy: CocpPolicy): Schedule {
  return {
    respondBy: addDays(now, policy.respondDays),
    expiresAt: addDays(now, policy.expireDays),
    effectiveDate: utcDate(addDays(now, policy.effectiveDays)),
  };
}

/** Checks the number of changes. Returns NO_BILLING_ACCOUNTS, TOO_MANY_BILLING_ACCOUNTS, or null. */
export function checkSize(count: number, policy: CocpPolicy): UserErrorFacts | null {
  const field = ["changes"];
  if (count === 0) {
    return { code: "NO_BILLING_ACCOUNTS", message: `Select 1 to ${policy.maxAccounts} billing accounts.`, field };
  }
  if (count > policy.maxAccounts) {
    const message = `A request takes at most ${policy.maxAccounts} billing accounts. Split these ${count} into several requests.`;
    return { code: "TOO_MANY_BILLING_ACCOUNTS", message, field };
  }
  return null;
}

/** Checks the changes of a request and collects errors and warnings (docs/domain.md, "Submission"). */
export function assessChanges(
  changes: readonly PartnerChange[],
  facts: InitiationFacts,
  { now, policy }: { now: Date; policy: CocpPolicy },
): Assessment {
  const errors: UserErrorFacts[] = [];
  const warnings: Warning[] = [];
  const schedule = scheduleFrom(now, policy);
  const items = changes.map((change, index) => {
    const field = (name: string) => ["changes", String(index), name];
    const item = assessChange(change, facts, now, field, errors);
    warnings.push(...warningsOf(item, schedule, field));
    return item;
  });
  errors.push(...duplicates(changes), ...severalCustomers(items));
  const eligible = items.flatMap(({ account, reasons }) => (account !== null && reasons.length === 0 ? [account] : []));
  return { items, terms: termsFor([...new Set(eligible)]), schedule, errors, warnings };
}

function assessChange(
  change: PartnerChange,
  facts: InitiationFacts,
  now: Date,
  field: (name: string) => string[],
  errors: UserErrorFacts[],
): AssessedChange {
  const account = (change.billingAccountId !== null && facts.accounts.get(change.billingAccountId)) || null;
  const reasons = account === null ? [] : ineligibilityReasons(account, now);
  if (account === null) {
    const message = "You administer no such billing account. Choose one that billingAccounts returns.";
    errors.push({ code: "BILLING_ACCOUNT_NOT_FOUND", message, field: field("billingAccountId") });
  }
  for (const { message } of reasons) {
    errors.push({ code: "BILLING_ACCOUNT_NOT_ELIGIBLE", message, field: field("billingAccountId") });
  }

  const partner = facts.partners.get(pcnKey(change.newPartnerPcn) ?? "") ?? null;
  const problem = partnerProblem(change.newPartnerPcn, partner);
  const known = administered(account);
  const problems = problem !== null ? [problem] : known && partner ? partnerProblemsOn(partner, known) : [];
  errors.push(...problems.map((found) => ({ ...found, field: field("newPartnerPcn") })));

  const contact = collect(errors, () =>
    checkEmail(change.partnerNotificationContact, field("partnerNotificationContact")),
  );
  const user = contact === null ? null : (facts.partnerUsers.get(addressKey(contact)) ?? null);
  const reasonNote = collect(errors, () => checkNote(change.reasonNote, field("reasonNote")));
  return {
    account,
    reasons,
    partner,
    contact,
    contactVerification: contact === null || partner === null ? null : verifyContact(partner.id, user),
    reason: change.reason,
    reasonNote,
  };
}

/** The account when the viewer administers it; otherwise null, so that nothing else about it is reported. */
function administered(account: AccountFacts | null): AccountFacts | null {
  return account?.viewerRole === "ENTERPRISE_ADMIN" ? account : null;
}

/** The value of a check, or null with its error added to the list. */
function collect<Value>(errors: UserErrorFacts[], check: () => Value): Value | null {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof CocpError)) throw error;
    const { code, message, field } = error; // not the Error: GraphQL treats an Error in a list as a failed item
    errors.push({ code, message, ...(field && { field }) });
    return null;
  }
}

function warningsOf(item: AssessedChange, schedule: Schedule, field: (name: string) => string[]): Warning[] {
  const { partner, contact, contactVerification } = item;
  const account = administered(item.account);
  const warnings: Warning[] = [];
  if (partner !== null && contact !== null && contactVerification !== null) {
    const warning = contactWarning(contact, partner.organizationName, contactVerification);
    if (warning !== null) warnings.push({ ...warning, field: field("partnerNotificationContact") });
  }
  if (account !== null && account.endDate < schedule.effectiveDate) {
    const message = `The agreement of billing account ${account.accountNumber} ends on ${account.endDate}, before the effective date ${schedule.effectiveDate}. Renew it, or ask your new partner for an Early COCP case.`;
    warnings.push({ code: "AGREEMENT_ENDS_BEFORE_EFFECTIVE_DATE", message, field: field("billingAccountId") });
  }
  return warnings;
}

function duplicates(changes: readonly PartnerChange[]): UserErrorFacts[] {
  const ids = changes.map((change) => change.billingAccountId);
  return ids.flatMap((id, index) => {
    const first = ids.indexOf(id);
    if (id === null || first === index) return [];
    const message = `Positions ${first} and ${index} name the same billing account. Name each account once.`;
    const field = ["changes", String(index), "billingAccountId"];
    return [{ code: "DUPLICATE_BILLING_ACCOUNT" as const, message, field }];
  });
}

function severalCustomers(items: readonly AssessedChange[]): UserErrorFacts[] {
  const customers = new Set(items.flatMap(({ account }) => (account === null ? [] : [account.customerId])));
  if (customers.size <= 1) return [];
  const message = "The billing accounts belong to several customers. Send one request for each customer.";
  return [{ code: "ACCOUNTS_OF_SEVERAL_CUSTOMERS", message, field: ["changes"] }];
}

/** The signature as it is kept. */
export interface CheckedSignature {
  readonly firstName: string;
  readonly lastName: string;
  readonly termsVersion: string;
}

/**
 * Checks the signature against the terms for the accounts (docs/domain.md, "Terms and signature"). Adds INVALID_NAME,
 * TERMS_NOT_ACCEPTED and TERMS_OUTDATED to the errors. Null when a name is invalid.
 */
export function assessSignature(
  signature: SignatureGiven,
  terms: TermsForm | null,
  errors: UserErrorFacts[],
): CheckedSignature | null {
  const field = (name: string) => ["signature", name];
  const firstName = collect(errors, () => checkName(signature.firstName, "first name", field("firstName")));
  const lastName = collect(errors, () => checkName(signature.lastName, "last name", field("lastName")));
  if (!signature.acceptTerms) {
    const message = "Accept the terms: tick the checkbox.";
    errors.push({ code: "TERMS_NOT_ACCEPTED", message, field: field("acceptTerms") });
  }
  if (terms !== null && signature.termsVersion !== terms.version) {
    const message = `The terms that apply are ${terms.version}. Show them (previewCocp) and sign them.`;
    errors.push({ code: "TERMS_OUTDATED", message, field: field("termsVersion") });
  }
  if (firstName === null || lastName === null) return null;
  return { firstName, lastName, termsVersion: signature.termsVersion };
}
