// The tracking page of three viewers, as each contestant is asked for it, and what all must answer alike.
import { administratorOf, partnerId, responderOf } from "../seed/rows.mjs";

/** Whose page it is: as Changeover learns it from the token, and as the others are told. */
export const viewers = {
  operations: { person: ["operations@bench.example", ["Cocp.Operations"]], told: {} },
  customer: { person: [administratorOf(0)], told: { administrator: administratorOf(0) } },
  partner: {
    person: [responderOf(0)],
    filter: ", filter: { direction: INCOMING }",
    told: { newPartnerId: partnerId(0) },
  },
};

const fields = `id status effectiveDate request { requestId submittedAt }
  billingAccount { accountNumber displayName } oldPartner { organizationName } newPartner { organizationName }`;

/** Each question gives query and variables, or null where the contestant has no such page; `read` gives the records. */
export const questions = {
  changeover: {
    ask: ({ filter = "" }) => [
      `query ($first: Int!) { cocpRecords(first: $first${filter}) { nodes { ${fields} availableActions } } }`,
      { first: 20 },
    ],
    read: ({ cocpRecords: { nodes } }) =>
      nodes.map(({ id, availableActions: _, ...record }) => ({ id: uuidOf(id), ...record })),
  },
  handWritten: {
    ask: ({ told }) => [
      `query ($first: Int!, $newPartnerId: ID, $administrator: String) {
        cocpRecords(first: $first, newPartnerId: $newPartnerId, administrator: $administrator) { nodes { ${fields} } } }`,
      { first: 20, ...told },
    ],
    read: ({ cocpRecords: { nodes } }) => nodes,
  },
  postgraphile: {
    ask: ({ told: { administrator, newPartnerId } }) => {
      if (administrator !== undefined) return null; // accounts of a person: it would take a function in the database
      const of = newPartnerId === undefined ? "" : "condition: { newPartnerId: $newPartnerId },";
      const query = `query ($first: Int!${newPartnerId === undefined ? "" : ", $newPartnerId: UUID!"}) {
        allCocpRecords(first: $first, ${of} orderBy: [SUBMITTED_AT_DESC, ROW_ID_DESC]) { nodes {
          rowId status effectiveDate requestId submittedAt
          billingAccountByBillingAccountId { accountNumber displayName }
          partnerByOldPartnerId { organizationName } partnerByNewPartnerId { organizationName } } } }`;
      return [query, { first: 20, newPartnerId }];
    },
    read: ({ allCocpRecords: { nodes } }) =>
      nodes.map((node) => ({
        id: node.rowId,
        status: node.status,
        effectiveDate: node.effectiveDate,
        request: { requestId: node.requestId, submittedAt: new Date(node.submittedAt).toISOString() },
        billingAccount: node.billingAccountByBillingAccountId,
        oldPartner: node.partnerByOldPartnerId,
        newPartner: node.partnerByNewPartnerId,
      })),
  },
};

function uuidOf(id) {
  const hex = Buffer.from(id.slice("rec_".length), "base64url").toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
