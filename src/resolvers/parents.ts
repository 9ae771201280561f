import { availableActions, heldUpBecause, isOverdue, waitingOn } from "../domain/actions";
import { ineligibilityReasons } from "../domain/eligibility";
import { capacitiesOf } from "../domain/partnerChecks";
import { maySee, type RecordPart } from "../domain/permissions";
import type { Page } from "../services/page";
import type { CustomerRow, VisibleAccount } from "../services/readAccounts";
import type { RecordPage } from "../services/readRecordPage";
import {
  accountOf,
  newPartnerOf,
  oldPartnerOf,
  type AccountSummary,
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
  readonly __typename = "Partner";

  constructor(private readonly partner: PartnerSummary) {}

  get id() {
    return globalId("Partner", this.partner.id);
  }
  get pcn() {
    return this.partner.pcn;
  }
  get organizationName() {
    return this.partner.organizationName;
  }
  get capacities() {
    return capacitiesOf(this.partner);
  }
}

export const toPartner = (partner: PartnerSummary) => new PartnerParent(partner);

export function toCustomer({ id, customerNumber, name }: CustomerRow) {
  return { __typename: "Customer" as const, id: globalId("Customer", id), customerNumber, name };
}

/** An account; when `visible` is null only the summary was read, and what else is asked for is loaded. */
export class AccountParent {
  readonly __typename = "BillingAccount";

  constructor(
    private readonly summary: AccountSummary,
    private readonly visible: VisibleAccount | null,
  ) {}

  get key() {
    return this.summary.id;
  }
  get id() {
    return globalId("BillingAccount", this.summary.id);
  }
  get accountNumber() {
    return this.summary.accountNumber;
  }
  get displayName() {
    return this.summary.displayName;
  }
  get channel() {
    return this.summary.channel;
  }

  /** All of the account. Throws UnavailableError when the viewer lost its rights since the summary was read. */
  async whole(loaders: Loaders): Promise<VisibleAccount> {
    return this.visible ?? (await loaders.accounts.load(this.key)) ?? goneMeanwhile();
  }
}

export const toAccount = (visible: VisibleAccount) => new AccountParent(visible.account, visible);
export const toAccountSummary = (summary: AccountSummary) => new AccountParent(summary, null);

function goneMeanwhile(): never {
  throw new UnavailableError("What a record belongs to was closed to the viewer while it was read");
}

export function toEligibility({ account, asOf }: VisibleAccount) {
  const reasons = ineligibilityReasons(account, asOf);
  return { eligible: reasons.length === 0, reasons };
}

type RequestSummary = Pick<VisibleRequest, "requestId" | "submittedAt" | "respondBy" | "expiresAt">;

/** A request; when `visible` is null only what each of its records tells of it was read, and what else is asked for is loaded. */
export class RequestParent {
  readonly __typename = "CocpRequest";

  constructor(
    private readonly summary: RequestSummary,
    private readonly visible: VisibleRequest | null,
  ) {}

  get id() {
    return globalId("CocpRequest", this.summary.requestId);
  }
  get requestId() {
    return this.summary.requestId;
  }
  get submittedAt() {
    return this.summary.submittedAt;
  }
  get respondBy() {
    return this.summary.respondBy;
  }
  get expiresAt() {
    return this.summary.expiresAt;
  }

  /** All of the request. Throws UnavailableError when the viewer lost its rights since the summary was read. */
  async whole(loaders: Loaders): Promise<VisibleRequest> {
    return this.visible ?? (await loaders.requests.load(this.requestId)) ?? goneMeanwhile();
  }
}

export const toRequest = (visible: VisibleRequest) => new RequestParent(visible, visible);
export const toRequestSummary = (summary: RequestSummary) => new RequestParent(summary, null);

export class RecordParent {
  readonly __typename = "CocpRecord";

  constructor(readonly visible: VisibleRecord) {}

  #only<Value>(part: RecordPart, value: Value): Value | null {
    return maySee(part, this.visible.actor.parties) ? value : null;
  }

  get id() {
    return globalId("CocpRecord", this.visible.record.id);
  }
  get request() {
    return toRequestSummary(this.visible.record);
  }
  get billingAccount() {
    return toAccountSummary(accountOf(this.visible.beside));
  }
  get oldPartner() {
    return toPartner(oldPartnerOf(this.visible.beside));
  }
  get newPartner() {
    return this.#only("NEW_PARTNER", toPartner(newPartnerOf(this.visible.beside)));
  }
  get availableActions() {
    const { record, actor, standing, asOf } = this.visible;
    return availableActions(record, actor, standing, asOf);
  }
  get status() {
    return this.visible.record.status;
  }
  get waitingOn() {
    return waitingOn(this.visible.record.status);
  }
  get overdue() {
    return isOverdue(this.visible.record, this.visible.asOf);
  }
  get heldUpBecause() {
    const { record, actor, standing, asOf } = this.visible;
    return heldUpBecause(record, actor, standing, asOf);
  }
  get partnerNotificationContact() {
    return this.#only("CONTACT", this.visible.record.contact);
  }
  get contactVerification() {
    return this.#only("CONTACT_VERIFICATION", this.visible.record.contactVerification);
  }
  get reason() {
    return this.#only("REASON", this.visible.record.reason);
  }
  get reasonNote() {
    return this.#only("REASON", this.visible.record.reasonNote);
  }
  get effectiveDate() {
    return this.visible.record.effectiveDate;
  }
  get earlyCocpCaseNumber() {
    return this.visible.record.earlyCocpCaseNumber;
  }
  get respondedAt() {
    return this.visible.record.respondedAt;
  }
  get reviewDueAt() {
    return this.visible.record.reviewDueAt;
  }
  get closedBy() {
    return this.visible.record.closedBy;
  }
  get closingNote() {
    return this.#only("CLOSING_NOTE", this.visible.record.closingNote);
  }
  get updatedAt() {
    return this.visible.record.updatedAt;
  }
}

export const toRecord = (visible: VisibleRecord) => new RecordParent(visible);

class PageInfoParent {
  constructor(private readonly page: Page<unknown>) {}

  get hasNextPage() {
    return this.page.hasNextPage;
  }
  get hasPreviousPage() {
    return this.page.hasPreviousPage;
  }
  get startCursor() {
    return this.page.items.at(0)?.cursor ?? null;
  }
  get endCursor() {
    return this.page.items.at(-1)?.cursor ?? null;
  }
}

/** A page as a Relay connection. */
export class ConnectionParent<Item, Node, P extends Page<Item> = Page<Item>> {
  constructor(
    readonly page: P,
    private readonly toNode: (item: Item) => Node,
  ) {}

  get nodes() {
    return this.page.items.map(({ node }) => this.toNode(node));
  }
  get edges() {
    return this.page.items.map(({ cursor, node }) => ({ cursor, node: this.toNode(node) }));
  }
  get pageInfo() {
    return new PageInfoParent(this.page);
  }
}

export class RecordConnectionParent extends ConnectionParent<VisibleRecord, RecordParent, RecordPage> {
  get feedCursor() {
    return this.page.feedCursor;
  }
}
