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

/** Facts of a billing account that the rules need: agreement, partner of record, open record, the viewer's role. */
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
  /** Whether the bill-to is Enterprise Direct Support. */
  readonly billToIsDirectSupport: boolean;
  /** Whether the partner of record is Enterprise Direct Support. */
  readonly partnerIsDirectSupport: boolean;
  readonly openRecord: { readonly requestId: string; readonly status: CocpStatus } | null;
}

export interface IneligibilityReason {
  readonly code: CocpIneligibilityCode;
  readonly message: string;
}

/** Programs in scope of self-service (docs/domain.md, "Eligibility"). */
export const programsInScope = [
  "ENTERPRISE_AGREEMENT",
  "ENTERPRISE_AGREEMENT_SUBSCRIPTION",
] as const satisfies readonly AgreementProgram[];

/**
 * Returns all reasons why an account is not eligible, in a fixed order (docs/domain.md, "Eligibility"). A viewer who
 * does not administer it gets that reason alone.
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

/** Whether the agreement's last day has passed. */
function hasEnded(account: AccountFacts, now: Date): boolean {
  return account.endDate < utcDate(now);
}

function explain(code: CocpIneligibilityCode, account: AccountFacts): IneligibilityReason {
  return { code, message: `Billing account ${account.accountNumber} ${sentenceOf(code, account)}` };
}

function sentenceOf(code: CocpIneligibilityCode, account: AccountFacts): string {
  switch (code) {
    case "NOT_ENTERPRISE_ADMIN":
      return "can change its partner only by one of its Enterprise Administrators. Ask one of them.";
    case "PROGRAM_OUT_OF_SCOPE":
      return `is under the program ${account.program}, which is out of scope of self-service. Ask your partner.`;
    case "AGREEMENT_EXPIRED":
      return `has an agreement that expired (last day ${account.endDate}). Renew it first.`;
    case "AGREEMENT_ENDED":
      return "has an agreement that has ended.";
    case "ENTERPRISE_DIRECT_SUPPORT_BILL_TO":
      return "is billed to Enterprise Direct Support, which is out of scope of self-service. Ask Microsoft support.";
    case "ENTERPRISE_DIRECT_SUPPORT_SOFTWARE_ADVISOR":
      return "has Enterprise Direct Support as its software advisor, which is out of scope of self-service. Ask Microsoft support.";
    case "OPEN_REQUEST_EXISTS":
      return `is already in the request ${account.openRecord?.requestId} (${account.openRecord?.status}). Wait for its end, or cancel it.`;
    default:
      return code satisfies never;
  }
}
