import type { TestApi } from "../testApi";

/** What one person reads: all records, accounts and events that the API shows. */
export interface Observation {
  readonly records: readonly ObservedRecord[];
  readonly counts: Readonly<Record<string, number>>;
  readonly totalCount: number;
  readonly overdueIds: readonly string[];
  readonly accounts: readonly ObservedAccount[];
  readonly eligibleIds: readonly string[];
  /** In the order of the feed. */
  readonly events: readonly ObservedEvent[];
}

interface Named {
  readonly pcn: string;
}

export interface ObservedRecord {
  readonly id: string;
  readonly status: string;
  readonly waitingOn: string;
  readonly overdue: boolean;
  readonly availableActions: readonly string[];
  readonly effectiveDate: string;
  readonly closedBy: string | null;
  readonly newPartner: Named | null;
  readonly oldPartner: Named | null;
  readonly partnerNotificationContact: string | null;
  readonly contactVerification: string | null;
  readonly request: {
    readonly requestId: string;
    readonly submittedAt: string;
    readonly expiresAt: string;
    readonly signature: { signedBy: string } | null;
  };
  readonly billingAccount: { readonly id: string; readonly accountNumber: string };
  readonly events: readonly ObservedEvent[];
  readonly notifications: readonly ObservedNotification[];
}

export interface ObservedNotification {
  readonly id: string;
  readonly kind: string;
  readonly recipient: string;
  readonly recipientParty: string;
  readonly state: string;
}

export interface ObservedEvent {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly previousStatus: string | null;
  readonly occurredAt: string;
  readonly effectiveDate: string;
  readonly requestId: string;
  readonly actor: string;
  readonly record?: { readonly id: string };
}

export interface ObservedAccount {
  readonly id: string;
  readonly accountNumber: string;
  readonly partnerOfRecord: Named | null;
  readonly orderingPartner: Named | null;
  readonly agreement: { readonly status: string } | null;
  readonly cocpEligibility: { readonly eligible: boolean; readonly reasons: readonly { readonly code: string }[] };
  readonly openCocpRecord: { readonly id: string } | null;
}

const eventFields = "id type status previousStatus occurredAt effectiveDate requestId actor";

const recordsQuery = `query ($after: String) { cocpRecords(first: 50, after: $after, orderBy: {field: SUBMITTED_AT, direction: ASC}) {
  totalCount statusCounts { status count } pageInfo { hasNextPage endCursor }
  nodes { id status waitingOn overdue availableActions effectiveDate closedBy newPartner { pcn } oldPartner { pcn }
    partnerNotificationContact contactVerification request { requestId submittedAt expiresAt signature { signedBy } }
    billingAccount { id accountNumber } events { ${eventFields} }
    notifications { id kind recipient recipientParty state } } } }`;

const othersQuery = `{ overdue: cocpRecords(first: 50, filter: { overdue: true }) { nodes { id } }
  billingAccounts(first: 50) { nodes { id accountNumber partnerOfRecord { pcn } orderingPartner { pcn } agreement { status }
    cocpEligibility { eligible reasons { code } } openCocpRecord { id } } }
  eligible: billingAccounts(first: 50, filter: { eligible: true }) { nodes { id } } }`;

const feedQuery = `query ($after: String) { cocpEvents(first: 100, after: $after) {
  pageInfo { hasNextPage endCursor } nodes { ${eventFields} record { id } } } }`;

/** Reads the records that a person can see, in the order of their submission. */
export async function observeRecords(api: TestApi, email: string): Promise<readonly ObservedRecord[]> {
  return (await readPages<ObservedRecord>(api, email, recordsQuery, "cocpRecords")).nodes;
}

/** Reads all that a person can see. */
export async function observe(api: TestApi, email: string): Promise<Observation> {
  const [records, others, events] = await Promise.all([
    readPages<ObservedRecord>(api, email, recordsQuery, "cocpRecords"),
    api.data(email, othersQuery),
    readPages<ObservedEvent>(api, email, feedQuery, "cocpEvents"),
  ]);
  const counts = records.first.statusCounts ?? [];
  const ids = (nodes: { id: string }[]) => nodes.map(({ id }) => id).sort();
  return {
    records: records.nodes,
    counts: Object.fromEntries(counts.filter(({ count }) => count > 0).map(({ status, count }) => [status, count])),
    totalCount: records.first.totalCount ?? 0,
    overdueIds: ids(others.overdue.nodes),
    accounts: others.billingAccounts.nodes,
    eligibleIds: ids(others.eligible.nodes),
    events: events.nodes,
  };
}

interface Page<Node> {
  readonly nodes: Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly totalCount?: number;
  readonly statusCounts?: { status: string; count: number }[];
}

async function readPages<Node>(api: TestApi, email: string, query: string, field: string) {
  const nodes: Node[] = [];
  let after: string | null = null;
  for (;;) {
    const page: Page<Node> = (await api.data(email, query, { after }))[field];
    nodes.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return { nodes, first: page };
    after = page.pageInfo.endCursor;
  }
}
