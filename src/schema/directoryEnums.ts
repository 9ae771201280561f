import {
  AgreementChannel,
  AgreementProgram,
  AgreementStatus,
  CocpIneligibilityCode,
  ContactVerification,
  PartnerCapacity,
  PartnerProblemCode,
  ViewerRole,
} from "../domain/model";
import { registerEnum } from "./registerEnum";

const outOfScope = "Out of scope for self-service.";

registerEnum(ViewerRole, "ViewerRole", "A part that the viewer plays. One person may play several.", {
  ENTERPRISE_ADMIN: "Enterprise Administrator of at least one billing account.",
  PARTNER_USER: "User of a partner organization.",
  OPERATIONS: "Member of the operations service center.",
});

registerEnum(
  AgreementProgram,
  "AgreementProgram",
  "Licensing program of an agreement. Only the first two, ENTERPRISE_AGREEMENT and ENTERPRISE_AGREEMENT_SUBSCRIPTION, " +
    "can change partner by self-service.",
  {
    ENTERPRISE_AGREEMENT: "Enterprise Agreement (EA). In scope.",
    ENTERPRISE_AGREEMENT_SUBSCRIPTION: "Enterprise Agreement Subscription. In scope.",
    SELECT: `Select. ${outOfScope}`,
    SELECT_PLUS: `Select Plus. ${outOfScope}`,
    OPEN_VALUE: `Open Value. ${outOfScope}`,
    OPEN_VALUE_SUBSCRIPTION: `Open Value Subscription. ${outOfScope}`,
    EDUCATION: `EDU or Campus. ${outOfScope}`,
    SPLA: `Services Provider License Agreement. ${outOfScope}`,
    ISV_ROYALTY: `ISV Royalty. ${outOfScope}`,
    MPSA: `Microsoft Products and Services Agreement. ${outOfScope}`,
    OPEN_LICENSE: `Open License. ${outOfScope}`,
  },
);

registerEnum(
  AgreementStatus,
  "AgreementStatus",
  "Whether an agreement is in force. A change of partner needs ACTIVE.",
  {
    ACTIVE: "In force.",
    EXPIRED: "Its end date has passed.",
    ENDED: "Ended before its end date, for example by termination.",
  },
);

registerEnum(
  AgreementChannel,
  "AgreementChannel",
  "How the agreement is served: DIRECT has a software advisor, INDIRECT a reseller.",
  {
    DIRECT:
      "The customer buys from Microsoft; a software advisor assists. Changes by the Change of Software Advisor form.",
    INDIRECT: "The customer buys from a reseller. Changes by the Change of Reseller form.",
  },
);

registerEnum(PartnerCapacity, "PartnerCapacity", "What a partner may be on an agreement.", {
  RESELLER: "May serve INDIRECT agreements.",
  SOFTWARE_ADVISOR: "May serve DIRECT agreements.",
});

registerEnum(CocpIneligibilityCode, "CocpIneligibilityCode", "Why a billing account can't be part of a new request.", {
  NOT_ENTERPRISE_ADMIN: "The viewer is not Enterprise Administrator of the account. Then no other reason is returned.",
  PROGRAM_OUT_OF_SCOPE: "The agreement's program can't change partner by self-service; see AgreementProgram.",
  AGREEMENT_EXPIRED: "The agreement is EXPIRED, or its end date has passed.",
  AGREEMENT_ENDED: "The agreement is ENDED.",
  ENTERPRISE_DIRECT_SUPPORT_BILL_TO: "Microsoft Enterprise Direct Support is the agreement's bill-to.",
  ENTERPRISE_DIRECT_SUPPORT_SOFTWARE_ADVISOR:
    "Microsoft Enterprise Direct Support is the agreement's software advisor.",
  OPEN_REQUEST_EXISTS:
    "A record of the account is under way; at most one may be. A new request is possible as soon as it has ended.",
});

registerEnum(PartnerProblemCode, "PartnerProblemCode", "Why a partner can't take an account.", {
  PARTNER_NOT_FOUND: "No partner has this PCN: ask the partner for the correct one.",
  PARTNER_NOT_ALLOWED: "Known, but not allowed to do business.",
  PARTNER_NOT_AUTHORIZED_FOR_CHANNEL:
    "Not authorized as RESELLER (indirect) or SOFTWARE_ADVISOR (direct) for one of the given accounts.",
  PARTNER_IS_CURRENT: "Already the partner of record of one of the given accounts.",
});

registerEnum(
  ContactVerification,
  "ContactVerification",
  "What is known of the partner notification contact at the new partner. None of the three stops a request.",
  {
    VERIFIED: "A user of the partner organization who may accept: is notified.",
    CANNOT_RESPOND: "A user of the partner organization who may not accept: is notified, and the customer is warned.",
    UNVERIFIED:
      "Not known in the partner organization: is not notified, for privacy, and the customer must tell the partner.",
  },
);
