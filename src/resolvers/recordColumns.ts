import type { PageExtent } from "../services/requests/readRecordPage";
import { RecordShape, type RecordColumn } from "../services/requests/readRecords";
import { ofSelection } from "./selection";

/** What the cursors of a page are made from. */
const ofCursors: readonly RecordColumn[] = ["submittedAt", "reviewDueAt"];

/** The columns that fields of a page, of its records and of what these tell along are made from, besides those of the rules. */
const columnsOfFields: Readonly<Record<string, readonly RecordColumn[]>> = {
  edges: ofCursors,
  pageInfo: ofCursors,
  "request.submittedAt": ["submittedAt"],
  "request.respondBy": ["respondBy"],
  "billingAccount.accountNumber": ["accountNumber"],
  "billingAccount.displayName": ["accountDisplayName"],
  "billingAccount.channel": ["accountChannel"],
  "oldPartner.pcn": ["oldPcn"],
  "oldPartner.organizationName": ["oldName"],
  "oldPartner.capacities": ["oldReseller", "oldAdvisor"],
  "newPartner.pcn": ["newPcn"],
  "newPartner.organizationName": ["newName"],
  "newPartner.capacities": ["newReseller", "newAdvisor"],
  overdue: ["respondBy"],
  partnerNotificationContact: ["contact"],
  contactVerification: ["contactVerification"],
  reason: ["reason"],
  reasonNote: ["reasonNote"],
  earlyCocpCaseNumber: ["earlyCocpCaseNumber"],
  respondedAt: ["respondedAt"],
  reviewDueAt: ["reviewDueAt"],
  closedBy: ["closedBy"],
  closingNote: ["closingNote"],
};

/** What is looked up by its key as soon as anything else is asked of it. */
const keys: Readonly<Record<string, readonly RecordColumn[]>> = {
  request: ["requestId"],
  billingAccount: ["billingAccountId"],
};

function columnsOf(field: string): readonly RecordColumn[] {
  const [parent = "", part] = field.split(".");
  return columnsOfFields[field] ?? (part === undefined ? [] : (keys[parent] ?? []));
}

/** What a page of records is to be read with. */
export const extentOf = ofSelection(({ page, nodes }): PageExtent => {
  const columns = new Set<string>([...page, ...nodes].flatMap(columnsOf));
  return {
    record: new RecordShape((column) => columns.has(column)),
    feedEnd: page.has("feedCursor"),
    statusCounts: page.has("statusCounts"),
  };
});
