import { availableActions, heldUpBecause, isOverdue, waitingOn } from "../domain/actions";
import { ineligibilityReasons } from "../domain/eligibility";
import { capacitiesOf } from "../domain/partnerChecks";
import { fieldAccess, mayRead } from "../domain/fieldAccess";
import type { Page } from "../services/page";
import type { CustomerRow, VisibleAccount } from "../services/readAccounts";
import type { RecordPage } from "../services/readRecordPage";
import {
  accountOf,
  newPartnerOf,
  oldPartnerOf,
  told,
  type AccountSummary,
  type AsRead,
  type PartialRow,
  type PartnerSummary,
  type VisibleRecord,
} from "../services/readRecords";
import type { VisibleRequest } from "../services/readRequests";
import { UnavailableError } from "../services/availability";
import { globalId } from "./globalId";
import type { Loaders } from "./loaders";

/**
 * Rows as the schema shows them. A field is made when it is asked for; what the viewer may not see of a row is null here
 * already. What takes another look at the database is in the field resolvers.
 */

export class PartnerParent {
  get __typename() {
    return "Partner";
  }

  constructor(private readonly partner: AsRead<PartnerSummary>) {}

  get id() {
    return globalId("Partner", told(this.partner.id));
  }
  get pcn() {
    return told(this.partner.pcn);
  }
  get organizationName() {
    return told(this.partner.organizationName);
  }
  get capacities() {
    const { reseller, softwareAdvisor } = this.partner;
    return capacitiesOf({ reseller: told(reseller), softwareAdvisor: told(softwareAdvisor) });
  }
}

export const toPartner = (partner: AsRead<PartnerSummary>) => new PartnerParent(partner);

export function toCustomer({ id, customerNumber, name }: CustomerRow) {
  return { __typename: "Customer" as const, id: globalId("Customer", id), customerNumber, name };
}

/** An account; when `visible` is null only the summary was read, and what else is asked for is loaded. */
export class AccountParent {
  get __typename() {
    return "BillingAccount";
  }

  constructor(
    private readonly summary: AsRead<AccountSummary>,
    private readonly visible: VisibleAccount | null,
  ) {}

  get key() {
    return told(this.summary.id);
  }
  get id() {
    return globalId("BillingAccount", this.key);
  }
  get accountNumber() {
    return told(this.summary.accountNumber);
  }
  get displayName() {
    return told(this.summary.displayName);
  }
  get channel() {
    return told(this.summary.channel);
  }

  /** All of the account. Throws UnavailableError when the viewer lost its rights since the summary was read. */
  async whole(loaders: Loaders): Promise<VisibleAccount> {
    return this.visible ?? (await loaders.accounts.load(this.key)) ?? goneMeanwhile();
  }
}

export const toAccount = (visible: VisibleAccount) => new AccountParent(visible.account, visible);
export const toAccountSummary = (summary: AsRead<AccountSummary>) => new AccountParent(summary, null);

/** Another try gives an answer that fits the rights of now. */
export function goneMeanwhile(): never {
  throw new UnavailableError("A record, or what it belongs to, was closed to the viewer while it was read");
}

export function toEligibility({ account, asOf }: VisibleAccount) {
  const reasons = ineligibilityReasons(account, asOf);
  return { eligible: reasons.length === 0, reasons };
}

type RequestSummary = Pick<VisibleRequest, "requestId" | "submittedAt" | "respondBy" | "expiresAt">;

/** A request; when `visible` is null only what each of its records tells of it was read, and what else is asked for is loaded. */
export class RequestParent {
  get __typename() {
    return "CocpRequest";
  }

  constructor(
    private readonly summary: AsRead<RequestSummary>,
    private readonly visible: VisibleRequest | null,
  ) {}

  get id() {
    return globalId("CocpRequest", this.requestId);
  }
  get requestId() {
    return told(this.summary.requestId);
  }
  get submittedAt() {
    return told(this.summary.submittedAt);
  }
  get respondBy() {
    return told(this.summary.respondBy);
  }
  get expiresAt() {
    return told(this.summary.expiresAt);
  }

  /** All of the request. Throws UnavailableError when the viewer lost its rights since the summary was read. */
  async whole(loaders: Loaders): Promise<VisibleRequest> {
    return this.visible ?? (await loaders.requests.load(this.requestId)) ?? goneMeanwhile();
  }
}

export const toRequest = (visible: VisibleRequest) => new RequestParent(visible, visible);
export const toRequestSummary = (summary: AsRead<RequestSummary>) => new RequestParent(summary, null);

/** The value of a record's field; null to a viewer who may not read it. */
function readable<Value>(
  field: keyof typeof fieldAccess.CocpRecord,
  { actor }: VisibleRecord<PartialRow>,
  value: () => Value,
): Value | null {
  return mayRead(fieldAccess.CocpRecord[field], actor.parties) ? value() : null;
}

export class RecordParent {
  get __typename() {
    return "CocpRecord";
  }

  constructor(readonly visible: VisibleRecord<PartialRow>) {}

  get id() {
    return globalId("CocpRecord", this.visible.record.id);
  }
  get request() {
    return toRequestSummary(this.visible.record);
  }
  get billingAccount() {
    return toAccountSummary(accountOf(this.visible.record));
  }
  get oldPartner() {
    return toPartner(oldPartnerOf(this.visible.record));
  }
  get newPartner() {
    return readable("newPartner", this.visible, () => toPartner(newPartnerOf(this.visible.record)));
  }
  get availableActions() {
    const { record, actor, asOf } = this.visible;
    return availableActions(record, actor, record, asOf);
  }
  get status() {
    return this.visible.record.status;
  }
  get waitingOn() {
    return waitingOn(this.visible.record.status);
  }
  get overdue() {
    return isOverdue({ status: this.status, respondBy: told(this.visible.record.respondBy) }, this.visible.asOf);
  }
  get heldUpBecause() {
    const { record, asOf } = this.visible;
    return readable("heldUpBecause", this.visible, () => heldUpBecause(record, record, asOf));
  }
  get partnerNotificationContact() {
    return readable("partnerNotificationContact", this.visible, () => told(this.visible.record.contact));
  }
  get contactVerification() {
    return readable("contactVerification", this.visible, () => told(this.visible.record.contactVerification));
  }
  get reason() {
    return readable("reason", this.visible, () => told(this.visible.record.reason));
  }
  get reasonNote() {
    return readable("reasonNote", this.visible, () => told(this.visible.record.reasonNote));
  }
  get effectiveDate() {
    return this.visible.record.effectiveDate;
  }
  get earlyCocpCaseNumber() {
    return readable("earlyCocpCaseNumber", this.visible, () => told(this.visible.record.earlyCocpCaseNumber));
  }
  get respondedAt() {
    return told(this.visible.record.respondedAt);
  }
  get reviewDueAt() {
    return told(this.visible.record.reviewDueAt);
  }
  get closedBy() {
    return told(this.visible.record.closedBy);
  }
  get closingNote() {
    return readable("closingNote", this.visible, () => told(this.visible.record.closingNote));
  }
  get updatedAt() {
    return this.visible.record.updatedAt;
  }
}

export const toRecord = (visible: VisibleRecord<PartialRow>) => new RecordParent(visible);

class PageInfoParent<Item> {
  constructor(private readonly page: Page<Item>) {}

  get hasNextPage() {
    return this.page.hasNextPage;
  }
  get hasPreviousPage() {
    return this.page.hasPreviousPage;
  }
  get startCursor() {
    return this.#cursorAt(0);
  }
  get endCursor() {
    return this.#cursorAt(-1);
  }
  #cursorAt(index: number) {
    const item = this.page.items.at(index);
    return item === undefined ? null : this.page.cursorOf(item);
  }
}

/** A page as a Relay connection. */
export class ConnectionParent<Item, Node, P extends Page<Item> = Page<Item>> {
  constructor(
    readonly page: P,
    private readonly toNode: (item: Item) => Node,
  ) {}

  get nodes() {
    return this.page.items.map(this.toNode);
  }
  get edges() {
    return this.page.items.map((item) => ({ cursor: this.page.cursorOf(item), node: this.toNode(item) }));
  }
  get pageInfo() {
    return new PageInfoParent(this.page);
  }
}

export class RecordConnectionParent extends ConnectionParent<VisibleRecord<PartialRow>, RecordParent, RecordPage> {
  get feedCursor() {
    return this.page.feedCursor();
  }
}
