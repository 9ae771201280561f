import type { PageProjection } from "../services/requests/readRecordPage";
import { RecordShape, type RecordColumn } from "../services/requests/readRecords";
import { ofSelection } from "./selection";

/** The columns of cursors. */
const ofCursors: readonly RecordColumn[] = ["submittedAt", "reviewDueAt"];

/** The columns of each field of a page, of its records, and of their request, account and partners. */
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

/** Objects that are loaded by their key when another field of them is selected. */
const keys: Readonly<Record<string, readonly RecordColumn[]>> = {
  request: ["requestId"],
  billingAccount: ["billingAccountId"],
};

function columnsOf(field: string): readonly RecordColumn[] {
  const [parent = "", part] = field.split(".");
  return columnsOfFields[field] ?? (part === undefined ? [] : (keys[parent] ?? []));
}

/** The columns and extra facts that the selection of a page of records needs. */
export const projectionOf = ofSelection(({ page, nodes }): PageProjection => {
  const columns = new Set<string>([...page, ...nodes].flatMap(columnsOf));
  return {
    record: new RecordShape((column) => columns.has(column)),
    feedEnd: page.has("feedCursor"),
    statusCounts: page.has("statusCounts"),
  };
});
