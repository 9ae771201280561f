import { utcDate } from "./dates";
import type {
  AgreementChannel,
  AgreementProgram,
  AgreementStatus,
  BillingAccountRole,
  CocpIneligibilityCode,
  CocpStatus,
} from "./model";
import type { AccountConcern } from "./permissions";

/** A billing account as the rules see it: its agreement, its partner of record, its open record, the viewer's role on it. */
export interface AccountFacts extends AccountConcern {
  readonly id: string;
  readonly accountNumber: string;
  readonly displayName: string;
  readonly customerId: string;
  readonly program: AgreementProgram;
  readonly agreementStatus: AgreementStatus;
  readonly channel: AgreementChannel;
  /** Last day of the agreement, in UTC. */
  readonly endDate: string;
  readonly viewerRole: BillingAccountRole | null;
  /** The bill-to is a partner flagged as Enterprise Direct Support. */
  readonly billToIsDirectSupport: boolean;
  /** The partner of record is one. */
  readonly partnerIsDirectSupport: boolean;
  readonly openRecord: { readonly requestId: string; readonly status: CocpStatus } | null;
}

export interface IneligibilityReason {
  readonly code: CocpIneligibilityCode;
  readonly message: string;
}

/** Programs that change partner by self-service (reference: "In Scope for Self-Service COCP"). */
export const programsInScope = [
  "ENTERPRISE_AGREEMENT",
  "ENTERPRISE_AGREEMENT_SUBSCRIPTION",
] as const satisfies readonly AgreementProgram[];

/**
 * All that keeps an account out of a request, in a fixed order; empty when it is eligible (domain: "Eligibility of a
 * billing account"). To a viewer who does not administer it, only that.
 */
export function ineligibilityReasons(account: AccountFacts, now: Date): IneligibilityReason[] {
  if (account.viewerRole !== "ENTERPRISE_ADMIN") return [explain("NOT_ENTERPRISE_ADMIN", account)];
  const { program, agreementStatus, channel, openRecord } = account;
  const codes: [CocpIneligibilityCode, boolean][] = [
    ["PROGRAM_OUT_OF_SCOPE", !programsInScope.some((inScope) => inScope === program)],
    ["AGREEMENT_EXPIRED", agreementStatus === "EXPIRED" || (agreementStatus === "ACTIVE" && hasEnded(account, now))],
    ["AGREEMENT_ENDED", agreementStatus === "ENDED"],
    ["ENTERPRISE_DIRECT_SUPPORT_BILL_TO", account.billToIsDirectSupport],
    ["ENTERPRISE_DIRECT_SUPPORT_SOFTWARE_ADVISOR", channel === "DIRECT" && account.partnerIsDirectSupport],
    ["OPEN_REQUEST_EXISTS", openRecord !== null],
  ];
  return codes.filter(([, applies]) => applies).map(([code]) => explain(code, account));
}

/** The agreement's last day has passed. */
function hasEnded(account: AccountFacts, now: Date): boolean {
  return account.endDate < utcDate(now);
}

function explain(code: CocpIneligibilityCode, account: AccountFacts): IneligibilityReason {
  return { code, message: `Billing account ${account.accountNumber} ${sentenceOf(code, account)}` };
}

function sentenceOf(code: CocpIneligibilityCode, account: AccountFacts): string {
  switch (code) {
    case "NOT_ENTERPRISE_ADMIN":
      return "can change partner only by the word of one of its Enterprise Administrators: ask one of them.";
    case "PROGRAM_OUT_OF_SCOPE":
      return `is under the program ${account.program}, which can't change partner by self-service: ask your partner how.`;
    case "AGREEMENT_EXPIRED":
      return `has an agreement that expired, its last day being ${account.endDate}: renew it first.`;
    case "AGREEMENT_ENDED":
      return "has an agreement that has ended: there is nothing to change.";
    case "ENTERPRISE_DIRECT_SUPPORT_BILL_TO":
      return "is billed to Enterprise Direct Support, which rules self-service out: ask Microsoft support.";
    case "ENTERPRISE_DIRECT_SUPPORT_SOFTWARE_ADVISOR":
      return "has Enterprise Direct Support as its software advisor, which rules self-service out: ask Microsoft support.";
    case "OPEN_REQUEST_EXISTS":
      return `is already in the request ${account.openRecord?.requestId} (${account.openRecord?.status}): wait for its end, or cancel it.`;
    default:
      return code satisfies never;
  }
}
