import { cutText } from "./cutText";
import type { AccountFacts } from "./eligibility";
import type {
  AgreementChannel,
  CocpWarningCode,
  ContactVerification,
  PartnerCapacity,
  PartnerProblemCode,
} from "./model";

/** A partner organization as the rules see it. */
export interface PartnerFacts {
  readonly id: string;
  readonly pcn: string;
  readonly organizationName: string;
  readonly allowed: boolean;
  readonly reseller: boolean;
  readonly softwareAdvisor: boolean;
}

export interface PartnerProblem {
  readonly code: PartnerProblemCode;
  readonly message: string;
}

/** The capacity that a channel needs: DIRECT a software advisor, INDIRECT a reseller. */
export function capacityFor(channel: AgreementChannel): PartnerCapacity {
  return channel === "DIRECT" ? "SOFTWARE_ADVISOR" : "RESELLER";
}

export function capacitiesOf(partner: Pick<PartnerFacts, "reseller" | "softwareAdvisor">): PartnerCapacity[] {
  return [
    ...(partner.reseller ? ["RESELLER" as const] : []),
    ...(partner.softwareAdvisor ? ["SOFTWARE_ADVISOR" as const] : []),
  ];
}

/** The problem of a partner for any account, or null (docs/domain.md, "The new partner"). */
export function partnerProblem(pcn: string, partner: PartnerFacts | null): PartnerProblem | null {
  if (partner === null) {
    return {
      code: "PARTNER_NOT_FOUND",
      message: `The PCN ${cutText(pcn.trim())} is not known. Ask your new partner for the correct one.`,
    };
  }
  if (!partner.allowed) {
    return {
      code: "PARTNER_NOT_ALLOWED",
      message: `${partner.organizationName} (${partner.pcn}) is not allowed to do business at present. Ask the partner, or choose another.`,
    };
  }
  return null;
}

/** All reasons why an allowed partner cannot take an account (docs/domain.md, "The new partner"). */
export function partnerProblemsOn(partner: PartnerFacts, account: AccountFacts): PartnerProblem[] {
  const problems: PartnerProblem[] = [];
  const capacity = capacityFor(account.channel);
  if (!capacitiesOf(partner).includes(capacity)) {
    problems.push({
      code: "PARTNER_NOT_AUTHORIZED_FOR_CHANNEL",
      message: `Billing account ${account.accountNumber} is ${account.channel} and needs a ${capacity}, which ${partner.organizationName} (${partner.pcn}) is not.`,
    });
  }
  if (account.partnerOfRecordId === partner.id) {
    problems.push({
      code: "PARTNER_IS_CURRENT",
      message: `${partner.organizationName} (${partner.pcn}) is the partner of record of billing account ${account.accountNumber} already. Choose another.`,
    });
  }
  return problems;
}

/** A user of some partner organization. */
export interface PartnerUserFacts {
  readonly email: string;
  readonly partnerId: string;
  readonly canRespond: boolean;
}

/** Verifies a partner notification contact (docs/domain.md, "The contact"). */
export function verifyContact(partnerId: string | null, user: PartnerUserFacts | null): ContactVerification {
  if (user === null || partnerId === null || user.partnerId !== partnerId) return "UNVERIFIED";
  return user.canRespond ? "VERIFIED" : "CANNOT_RESPOND";
}

/** Whether a contact gets email. For privacy, an unknown address does not (docs/domain.md, "The contact"). */
export function isNotified(verification: ContactVerification): boolean {
  return verification !== "UNVERIFIED";
}

/** The warning to the customer about a contact, or null (docs/domain.md, "The contact"). */
export function contactWarning(
  contact: string,
  organization: string,
  verification: ContactVerification,
): { readonly code: CocpWarningCode; readonly message: string } | null {
  switch (verification) {
    case "VERIFIED":
      return null;
    case "CANNOT_RESPOND":
      return {
        code: "CONTACT_CANNOT_RESPOND",
        message: `${cutText(contact)} is a user of ${organization} without the right to accept. The notification still goes to that address. Ask the partner who will accept.`,
      };
    case "UNVERIFIED":
      return {
        code: "CONTACT_UNVERIFIED",
        message: `${cutText(contact)} is not a known user of ${organization}, so for privacy nothing is sent there. Inform the partner yourself.`,
      };
    default:
      return verification satisfies never;
  }
}
