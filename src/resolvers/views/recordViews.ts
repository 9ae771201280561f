import { availableActions, heldUpBecause, isOverdue, waitingOn } from "../../domain/actions";
import { fieldAccess, mayRead } from "../../domain/fieldAccess";
import {
  accountOf,
  newPartnerOf,
  oldPartnerOf,
  loaded,
  type Projected,
  type PartialRow,
  type VisibleRecord,
} from "../../services/requests/readRecords";
import type { VisibleRequest } from "../../services/requests/readRequests";
import { globalId } from "../globalId";
import type { Loaders } from "../loaders";
import { goneMeanwhile, toAccountSummary, toPartner } from "./directoryViews";

type RequestSummary = Pick<VisibleRequest, "requestId" | "submittedAt" | "respondBy" | "expiresAt">;

/** A request. With `visible` null, only the columns that come with a record were read; others are loaded on demand. */
export class RequestView {
  get __typename() {
    return "CocpRequest";
  }

  constructor(
    private readonly summary: Projected<RequestSummary>,
    private readonly visible: VisibleRequest | null,
  ) {}

  get id() {
    return globalId("CocpRequest", this.requestId);
  }
  get requestId() {
    return loaded(this.summary.requestId);
  }
  get submittedAt() {
    return loaded(this.summary.submittedAt);
  }
  get respondBy() {
    return loaded(this.summary.respondBy);
  }
  get expiresAt() {
    return loaded(this.summary.expiresAt);
  }

  /** All of the request. Throws UnavailableError when the viewer lost its rights since the summary was read. */
  async whole(loaders: Loaders): Promise<VisibleRequest> {
    return this.visible ?? (await loaders.requests.load(this.requestId)) ?? goneMeanwhile();
  }
}

export const toRequest = (visible: VisibleRequest) => new RequestView(visible, visible);
export const toRequestSummary = (summary: Projected<RequestSummary>) => new RequestView(summary, null);

/** The value of a record's field; null to a viewer who may not read it. */
function readable<Value>(
  field: keyof typeof fieldAccess.CocpRecord,
  { actor }: VisibleRecord<PartialRow>,
  value: () => Value,
): Value | null {
  return mayRead(fieldAccess.CocpRecord[field], actor.parties) ? value() : null;
}

export class RecordView {
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
    return isOverdue({ status: this.status, respondBy: loaded(this.visible.record.respondBy) }, this.visible.asOf);
  }
  get heldUpBecause() {
    const { record, asOf } = this.visible;
    return readable("heldUpBecause", this.visible, () => heldUpBecause(record, record, asOf));
  }
  get partnerNotificationContact() {
    return readable("partnerNotificationContact", this.visible, () => loaded(this.visible.record.contact));
  }
  get contactVerification() {
    return readable("contactVerification", this.visible, () => loaded(this.visible.record.contactVerification));
  }
  get reason() {
    return readable("reason", this.visible, () => loaded(this.visible.record.reason));
  }
  get reasonNote() {
    return readable("reasonNote", this.visible, () => loaded(this.visible.record.reasonNote));
  }
  get effectiveDate() {
    return this.visible.record.effectiveDate;
  }
  get earlyCocpCaseNumber() {
    return readable("earlyCocpCaseNumber", this.visible, () => loaded(this.visible.record.earlyCocpCaseNumber));
  }
  get respondedAt() {
    return loaded(this.visible.record.respondedAt);
  }
  get reviewDueAt() {
    return loaded(this.visible.record.reviewDueAt);
  }
  get closedBy() {
    return loaded(this.visible.record.closedBy);
  }
  get closingNote() {
    return readable("closingNote", this.visible, () => loaded(this.visible.record.closingNote));
  }
  get updatedAt() {
    return this.visible.record.updatedAt;
  }
}

export const toRecord = (visible: VisibleRecord<PartialRow>) => new RecordView(visible);
