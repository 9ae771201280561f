/** The cost of a field, in points. */
export interface FieldCost {
  /** For the field itself, each time it is resolved. */
  readonly points?: number;
  /**
   * How many objects its list is taken to have: a number, as many as the connection's page, or as a list in its
   * argument.
   */
  readonly items?: number | "page" | "ids";
}

/** Objects on a page of which nothing is said, and on one of which too much is said. */
export const pageItems = { usual: 20, most: 100 } as const;

/**
 * The price list. One object is one point, and its plain fields are free; what is here costs more, for it asks the
 * database a question of its own, writes, or computes. Every list of objects is here.
 */
export const fieldCosts: Readonly<Record<string, FieldCost>> = {
  "Query.billingAccounts": { points: 5 },
  "Query.cocpRecords": { points: 5 },
  "Query.cocpEvents": { points: 5 },
  "Query.cocpRequest": { points: 5 },
  "Query.node": { points: 5 },
  "Query.nodes": { points: 5, items: "ids" },
  "Query.confirmPartner": { points: 10 },
  "Query.previewCocp": { points: 20 },
  "Query.__schema": { points: 200 },
  "Query.__type": { points: 20 },
  "BillingAccountConnection.edges": { items: "page" },
  "BillingAccountConnection.nodes": { items: "page" },
  "BillingAccountConnection.totalCount": { points: 5 },
  "CocpEventConnection.edges": { items: "page" },
  "CocpEventConnection.nodes": { items: "page" },
  "CocpRecordConnection.edges": { items: "page" },
  "CocpRecordConnection.nodes": { items: "page" },
  "CocpRecordConnection.totalCount": { points: 5 },
  "CocpRecordConnection.statusCounts": { points: 5, items: 9 },
  "BillingAccount.orderingPartner": { points: 1 },
  "CocpEligibility.reasons": { items: 3 },
  "CocpForm.sha256": { points: 200 },
  "CocpPreview.items": { items: 20 },
  "CocpPreview.userErrors": { items: 5 },
  "CocpPreview.warnings": { items: 5 },
  "CocpRecord.events": { items: 10 },
  "CocpRecord.notifications": { items: 10 },
  "CocpRequest.records": { items: 20 },
  "ChangePartnerTerms.sections": { items: 2 },
  "TermsSection.billingAccounts": { items: 20 },
  "PartnerConfirmation.problems": { items: 5 },
  "Mutation.initiateCocp": { points: 50 },
  "Mutation.acceptCocp": { points: 20 },
  "Mutation.declineCocp": { points: 20 },
  "Mutation.cancelCocp": { points: 20 },
  "Mutation.updatePartnerNotificationContact": { points: 20 },
  "Mutation.resendPartnerNotification": { points: 20 },
  "Mutation.startCocpReview": { points: 20 },
  "Mutation.approveCocp": { points: 20 },
  "Mutation.refuseCocp": { points: 20 },
  "Mutation.amendCocpEffectiveDate": { points: 20 },
  "Mutation.advanceSandboxClock": { points: 20 },
  "InitiateCocpPayload.userErrors": { items: 5 },
  "InitiateCocpPayload.warnings": { items: 5 },
  "CocpRecordsPayload.records": { items: 20 },
  "CocpRecordsPayload.userErrors": { items: 5 },
  "CocpRecordsPayload.warnings": { items: 5 },
};
