// What people look at, as each contestant is asked for it, and what all must answer alike.
import { administratorOf, largeRequestId, partnerId, responderOf } from "../seed/rows.mjs";

/** Whose page it is: as Changeover learns it from the token, and as the others are told. */
const viewers = {
  operations: { person: ["operations@bench.example", ["Cocp.Operations"]], told: {} },
  customer: { person: [administratorOf(0)], told: { administrator: administratorOf(0) } },
  partner: {
    person: [responderOf(0)],
    filter: ", filter: { direction: INCOMING }",
    told: { newPartnerId: partnerId(0) },
  },
};

const recordFields = "id status effectiveDate";
const parties = "oldPartner { organizationName } newPartner { organizationName }";
const trackingFields = `${recordFields} request { requestId submittedAt }
  billingAccount { accountNumber displayName } ${parties}`;

/**
 * A page of `count` rows. Each kind of contestant has query and variables, or null where it has no such page, and what makes
 * its answer one that can be compared.
 */
function trackingPage({ person, filter = "", told }) {
  return {
    person,
    count: 20,
    changeover: {
      ask: [
        `query ($first: Int!) { cocpRecords(first: $first${filter}) { nodes { ${trackingFields} availableActions } } }`,
        { first: 20 },
      ],
      read: ({ cocpRecords: { nodes } }) => nodes.map(({ availableActions: _, ...record }) => withUuid(record)),
    },
    handWritten: {
      ask: [
        `query ($first: Int!, $newPartnerId: ID, $administrator: String) {
        cocpRecords(first: $first, newPartnerId: $newPartnerId, administrator: $administrator) { nodes { ${trackingFields} } } }`,
        { first: 20, ...told },
      ],
      read: ({ cocpRecords: { nodes } }) => nodes,
    },
    // The accounts of a person would take a function in the database.
    postgraphile: told.administrator === undefined ? trackingPageOfPostgraphile(told) : null,
  };
}

function trackingPageOfPostgraphile({ newPartnerId }) {
  const of = newPartnerId === undefined ? "" : "condition: { newPartnerId: $newPartnerId },";
  const query = `query ($first: Int!${newPartnerId === undefined ? "" : ", $newPartnerId: UUID!"}) {
    allCocpRecords(first: $first, ${of} orderBy: [SUBMITTED_AT_DESC, ROW_ID_DESC]) { nodes {
      rowId status effectiveDate requestId submittedAt
      billingAccountByBillingAccountId { accountNumber displayName }
      partnerByOldPartnerId { organizationName } partnerByNewPartnerId { organizationName } } } }`;
  return {
    ask: [query, { first: 20, newPartnerId }],
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
  };
}

const accountFields = "id accountNumber displayName channel customer { name } partnerOfRecord { pcn organizationName }";

const eligibleAccounts = {
  person: viewers.customer.person,
  count: 20,
  changeover: {
    ask: [
      `query ($first: Int!) { billingAccounts(first: $first, filter: { eligible: true }) { nodes { ${accountFields} } } }`,
      { first: 20 },
    ],
    read: ({ billingAccounts: { nodes } }) => nodes.map(withUuid),
  },
  handWritten: {
    ask: [
      `query ($first: Int!, $administrator: String!) {
        eligibleAccounts(first: $first, administrator: $administrator) { nodes { ${accountFields} } } }`,
      { first: 20, ...viewers.customer.told },
    ],
    read: ({ eligibleAccounts: { nodes } }) => nodes,
  },
  postgraphile: null,
};

/** A request of 20 records with signature, history and notifications, as its administrator reads it. */
const requestInFull = {
  person: viewers.customer.person,
  count: 20,
  changeover: {
    ask: askForRequest("availableActions"),
    read: ({ cocpRequest: { records, ...request } }) =>
      records.map(({ availableActions: _, ...record }) => ({ ...withUuid(record), request })),
  },
  handWritten: {
    ask: askForRequest(""),
    read: ({ cocpRequest: { records, ...request } }) => records.map((record) => ({ ...record, request })),
  },
  postgraphile: null,
};

function askForRequest(more) {
  return [
    `query ($requestId: String!) { cocpRequest(requestId: $requestId) {
      requestId submittedAt respondBy expiresAt customer { name } signature { firstName lastName signedAt }
      records { ${recordFields} billingAccount { accountNumber displayName } ${parties}
        events { type occurredAt actor } notifications { kind state recipient } ${more} } } }`,
    { requestId: largeRequestId() },
  ];
}

/** Who asks for what, by the name that the tables have for it. */
export const pages = {
  "tracking page of operations": trackingPage(viewers.operations),
  "tracking page of customer": trackingPage(viewers.customer),
  "tracking page of partner": trackingPage(viewers.partner),
  "eligible accounts": eligibleAccounts,
  "request in full": requestInFull,
};

function withUuid({ id, ...more }) {
  return { id: uuidOf(id), ...more };
}

function uuidOf(id) {
  const hex = Buffer.from(id.slice(4), "base64url").toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
