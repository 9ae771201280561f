import { operator, type TestApi } from "../api/testApi";
import { waitFor } from "../waitFor";

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
  /** Cursor of the newest event that was read; null before the first one. */
  readonly feedCursor: string | null;
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
  /** Empty in a brief look, like the notifications. */
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

const recordFields = `id status waitingOn overdue availableActions effectiveDate closedBy newPartner { pcn } oldPartner { pcn }
  partnerNotificationContact contactVerification request { requestId submittedAt expiresAt signature { signedBy } }
  billingAccount { id accountNumber } events @include(if: $isFull) { ${eventFields} }
  notifications @include(if: $isFull) { id kind recipient recipientParty state }`;
const page = "pageInfo { hasNextPage endCursor }";

const recordsPart = `cocpRecords(first: 20, after: $recordsAfter, orderBy: {field: SUBMITTED_AT, direction: ASC}) {
  totalCount statusCounts { status count } ${page} nodes { ${recordFields} } }`;
const feedPart = `cocpEvents(first: 100, after: $feedAfter) { ${page} nodes { ${eventFields} record { id } } }`;

const recordsQuery = `query ($recordsAfter: String, $isFull: Boolean!) { ${recordsPart} }`;
const feedQuery = `query ($feedAfter: String) { ${feedPart} }`;
/** All that a person can see, in one operation unless a list has a second page. */
const everythingQuery = `query ($isFull: Boolean!, $recordsAfter: String, $feedAfter: String) { ${recordsPart} ${feedPart}
  overdue: cocpRecords(first: 50, filter: { overdue: true }) { nodes { id } }
  billingAccounts(first: 20) { nodes { id accountNumber partnerOfRecord { pcn } orderingPartner { pcn } agreement { status }
    cocpEligibility { eligible reasons { code } } openCocpRecord { id } } }
  eligible: billingAccounts(first: 20, filter: { eligible: true }) { nodes { id } } }`;

/** Reads as a person. A retryable error is retried, as clients do: on a slow machine a statement may time out. */
async function read(api: TestApi, email: string, query: string, variables: Record<string, unknown>) {
  return await waitFor("an answer without a retryable error", async () => {
    const { data, errors = [] } = await api.ask(email, query, variables);
    if (errors.length === 0) return data;
    const isRetryable = errors.every(({ extensions }) => extensions?.["code"] === "SERVICE_UNAVAILABLE");
    if (!isRetryable) throw new Error(JSON.stringify(errors));
    return null;
  });
}

/** Returns the records that a person can see, in the order of their submission. */
export async function observeRecords(api: TestApi, email: string): Promise<readonly ObservedRecord[]> {
  const isFull = true;
  return await restOf<ObservedRecord>(await read(api, email, recordsQuery, { isFull }), "cocpRecords", (recordsAfter) =>
    read(api, email, recordsQuery, { isFull, recordsAfter }),
  );
}

/**
 * Returns all that a person can see. From `earlier` on, the feed is read from where that ended, and only operations
 * read the history and the notifications of each record.
 */
export async function observe(api: TestApi, email: string, earlier?: Observation): Promise<Observation> {
  const isFull = earlier === undefined || email === operator;
  const first = await read(api, email, everythingQuery, { isFull, feedAfter: earlier?.feedCursor ?? null });
  const { cocpRecords, overdue, billingAccounts, eligible } = first;
  const records = await restOf<BriefRecord>(first, "cocpRecords", (recordsAfter) =>
    read(api, email, recordsQuery, { isFull, recordsAfter }),
  );
  let feedCursor = earlier?.feedCursor ?? null;
  const events = await restOf<ObservedEvent>(
    first,
    "cocpEvents",
    (feedAfter) => read(api, email, feedQuery, { feedAfter }),
    (cursor) => (feedCursor = cursor),
  );
  const counts: { status: string; count: number }[] = cocpRecords.statusCounts;
  const ids = (nodes: { id: string }[]) => nodes.map(({ id }) => id).sort();
  return {
    records: records.map((record) => ({
      ...record,
      events: record.events ?? [],
      notifications: record.notifications ?? [],
    })),
    counts: Object.fromEntries(counts.filter(({ count }) => count > 0).map(({ status, count }) => [status, count])),
    totalCount: cocpRecords.totalCount,
    overdueIds: ids(overdue.nodes),
    accounts: billingAccounts.nodes,
    eligibleIds: ids(eligible.nodes),
    events: [...(earlier?.events ?? []), ...events],
    feedCursor,
  };
}

type BriefRecord = Omit<ObservedRecord, "events" | "notifications"> & Partial<ObservedRecord>;

interface Page<Node> {
  readonly nodes: Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Returns the nodes of a first page and of those that follow it. `onCursor` gets the last cursor of each page. */
async function restOf<Node>(
  first: Record<string, Page<Node>>,
  field: string,
  next: (after: string | null) => Promise<Record<string, Page<Node>>>,
  onCursor: (cursor: string) => void = () => {},
): Promise<Node[]> {
  const nodes: Node[] = [];
  for (let page = first[field]; page !== undefined;) {
    nodes.push(...page.nodes);
    const { hasNextPage, endCursor } = page.pageInfo;
    if (endCursor !== null) onCursor(endCursor);
    page = hasNextPage ? (await next(endCursor))[field] : undefined;
  }
  return nodes;
}
