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

/** What a partner must be to take an account: DIRECT has a software advisor, INDIRECT a reseller. */
export function capacityFor(channel: AgreementChannel): PartnerCapacity {
  return channel === "DIRECT" ? "SOFTWARE_ADVISOR" : "RESELLER";
}

export function capacitiesOf(partner: Pick<PartnerFacts, "reseller" | "softwareAdvisor">): PartnerCapacity[] {
  return [
    ...(partner.reseller ? ["RESELLER" as const] : []),
    ...(partner.softwareAdvisor ? ["SOFTWARE_ADVISOR" as const] : []),
  ];
}

/** What is wrong with a partner whatever the account (reference: "Confirm partner", "Scenario 1"); null when nothing is. */
export function partnerProblem(pcn: string, partner: PartnerFacts | null): PartnerProblem | null {
  if (partner === null) {
    return {
      code: "PARTNER_NOT_FOUND",
      message: `No partner has the Public Customer Number ${cutText(pcn.trim())}: ask your new partner for the correct one.`,
    };
  }
  if (!partner.allowed) {
    return {
      code: "PARTNER_NOT_ALLOWED",
      message: `${partner.organizationName} (${partner.pcn}) is not allowed to do business at present: ask the partner, or choose another.`,
    };
  }
  return null;
}

/** What keeps an allowed partner from taking an account, all of it (domain: "A new partner may take an account when …"). */
export function partnerProblemsOn(partner: PartnerFacts, account: AccountFacts): PartnerProblem[] {
  const problems: PartnerProblem[] = [];
  const capacity = capacityFor(account.channel);
  if (!capacitiesOf(partner).includes(capacity)) {
    problems.push({
      code: "PARTNER_NOT_AUTHORIZED_FOR_CHANNEL",
      message: `Billing account ${account.accountNumber} is ${account.channel} and needs a ${capacity}; ${partner.organizationName} (${partner.pcn}) is none.`,
    });
  }
  if (account.partnerOfRecordId === partner.id) {
    problems.push({
      code: "PARTNER_IS_CURRENT",
      message: `${partner.organizationName} (${partner.pcn}) already is the partner of record of billing account ${account.accountNumber}: choose another.`,
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

/** The three steps in which the partner notification contact is checked (reference: "Scenario 2"). */
export function verifyContact(partnerId: string | null, user: PartnerUserFacts | null): ContactVerification {
  if (user === null || partnerId === null || user.partnerId !== partnerId) return "UNVERIFIED";
  return user.canRespond ? "VERIFIED" : "CANNOT_RESPOND";
}

/** Whether a contact is mailed: for privacy, not when it is unknown at the partner (reference: "Prerequisites"). */
export function isNotified(verification: ContactVerification): boolean {
  return verification !== "UNVERIFIED";
}

/** What the customer is to be told of a contact (reference: "Scenario 2"); null when it is the right person. */
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
        message: `${cutText(contact)} works for ${organization} but may not accept there; the notification goes to that address all the same. Ask the partner who will accept.`,
      };
    case "UNVERIFIED":
      return {
        code: "CONTACT_UNVERIFIED",
        message: `${cutText(contact)} is not known as a person at ${organization}, so for privacy nothing is sent there: tell the partner of this request yourself.`,
      };
    default:
      return verification satisfies never;
  }
}
