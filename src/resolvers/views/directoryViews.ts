import { ineligibilityReasons } from "../../domain/eligibility";
import { capacitiesOf } from "../../domain/partnerChecks";
import type { CustomerRow, VisibleAccount } from "../../services/directory/readAccounts";
import { loaded, type AccountSummary, type Projected, type PartnerSummary } from "../../services/requests/readRecords";
import { UnavailableError } from "../../services/unavailable";
import { globalId } from "../globalId";
import type { Loaders } from "../loaders";

export class PartnerView {
  get __typename() {
    return "Partner";
  }

  constructor(private readonly partner: Projected<PartnerSummary>) {}

  get id() {
    return globalId("Partner", loaded(this.partner.id));
  }
  get pcn() {
    return loaded(this.partner.pcn);
  }
  get organizationName() {
    return loaded(this.partner.organizationName);
  }
  get capacities() {
    const { reseller, softwareAdvisor } = this.partner;
    return capacitiesOf({ reseller: loaded(reseller), softwareAdvisor: loaded(softwareAdvisor) });
  }
}

export const toPartner = (partner: Projected<PartnerSummary>) => new PartnerView(partner);

export function toCustomer({ id, customerNumber, name }: CustomerRow) {
  return { __typename: "Customer" as const, id: globalId("Customer", id), customerNumber, name };
}

/** A billing account. With `visible` null, only the summary was read; other fields are loaded on demand. */
export class AccountView {
  get __typename() {
    return "BillingAccount";
  }

  constructor(
    private readonly summary: Projected<AccountSummary>,
    private readonly visible: VisibleAccount | null,
  ) {}

  get key() {
    return loaded(this.summary.id);
  }
  get id() {
    return globalId("BillingAccount", this.key);
  }
  get accountNumber() {
    return loaded(this.summary.accountNumber);
  }
  get displayName() {
    return loaded(this.summary.displayName);
  }
  get channel() {
    return loaded(this.summary.channel);
  }

  /** All of the account. Throws UnavailableError when the viewer lost its rights since the summary was read. */
  async whole(loaders: Loaders): Promise<VisibleAccount> {
    return this.visible ?? (await loaders.accounts.load(this.key)) ?? goneMeanwhile();
  }
}

export const toAccount = (visible: VisibleAccount) => new AccountView(visible.account, visible);
export const toAccountSummary = (summary: Projected<AccountSummary>) => new AccountView(summary, null);

/** Another try gives an answer that fits the rights of now. */
export function goneMeanwhile(): never {
  throw new UnavailableError("A record, or what it belongs to, was closed to the viewer while it was read");
}

export function toEligibility({ account, asOf }: VisibleAccount) {
  const reasons = ineligibilityReasons(account, asOf);
  return { eligible: reasons.length === 0, reasons };
}
