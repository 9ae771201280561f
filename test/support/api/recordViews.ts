import type { TestApi } from "./testApi";

/** What one person may see of a record; partners by their PCN. */
export interface RecordView {
  readonly status: string;
  readonly closedBy: string | null;
  readonly actions: string[];
  readonly events: string[];
  /** Parties that the visible notifications went to. */
  readonly told: string[];
  readonly newPartner: string | null;
  readonly oldPartner: string | null;
  readonly reason: string | null;
  readonly reasonNote: string | null;
  readonly contact: string | null;
  readonly verification: string | null;
  readonly closingNote: string | null;
  readonly signedBy: string | null;
  readonly effectiveDate: string;
  readonly agreement: boolean;
  readonly partnerOfRecord: string | null;
  readonly ordersToday: string | null;
  readonly ordersThen: string | null;
}

/** Everything of a record that is closed to somebody. Needs a variable $on, a LocalDate. */
const recordFields = `status closedBy availableActions events { type } notifications { recipientParty }
  newPartner { pcn } oldPartner { pcn } reason reasonNote partnerNotificationContact contactVerification closingNote
  effectiveDate request { signature { signedBy } }
  billingAccount { agreement { status } partnerOfRecord { pcn } today: orderingPartner { pcn }
    then: orderingPartner(on: $on) { pcn } }`;

interface Named {
  readonly pcn: string;
}
interface RawRecord {
  readonly status: string;
  readonly closedBy: string | null;
  readonly availableActions: string[];
  readonly events: { type: string }[];
  readonly notifications: { recipientParty: string }[];
  readonly newPartner: Named | null;
  readonly oldPartner: Named | null;
  readonly reason: string | null;
  readonly reasonNote: string | null;
  readonly partnerNotificationContact: string | null;
  readonly contactVerification: string | null;
  readonly closingNote: string | null;
  readonly effectiveDate: string;
  readonly request: { signature: { signedBy: string } | null };
  readonly billingAccount: {
    agreement: object | null;
    partnerOfRecord: Named | null;
    today: Named | null;
    then: Named | null;
  };
}

/** A record as it came over the wire, in the words of the tests. */
function toView(raw: RawRecord): RecordView {
  const { billingAccount: account } = raw;
  return {
    status: raw.status,
    closedBy: raw.closedBy,
    actions: raw.availableActions,
    events: raw.events.map(({ type }) => type),
    told: [...new Set(raw.notifications.map(({ recipientParty }) => recipientParty))].sort(),
    newPartner: raw.newPartner?.pcn ?? null,
    oldPartner: raw.oldPartner?.pcn ?? null,
    reason: raw.reason,
    reasonNote: raw.reasonNote,
    contact: raw.partnerNotificationContact,
    verification: raw.contactVerification,
    closingNote: raw.closingNote,
    signedBy: raw.request.signature?.signedBy ?? null,
    effectiveDate: raw.effectiveDate,
    agreement: account.agreement !== null,
    partnerOfRecord: account.partnerOfRecord?.pcn ?? null,
    ordersToday: account.today?.pcn ?? null,
    ordersThen: account.then?.pcn ?? null,
  };
}

export interface Place {
  readonly requestId: string;
  readonly recordId: string;
  readonly accountId: string;
  /** The day to ask the ordering partner of, besides today. */
  readonly on: string;
}

const query = `query ($requestId: String!, $recordId: ID!, $accountId: ID!, $on: LocalDate!) {
  node(id: $recordId) { ...on CocpRecord { ...view } }
  cocpRequest(requestId: $requestId) { records { id ...view } }
  cocpRecords(filter: { requestId: $requestId, billingAccountId: $accountId }) { nodes { ...view } }
  cocpEvents(filter: { requestId: $requestId }, first: 100) { nodes { record { id ...view } } }
  account: node(id: $accountId) { ...on BillingAccount { openCocpRecord { id ...view } } }
} fragment view on CocpRecord { ${recordFields} }`;

/** What a person sees of a record; null when nothing. Throws when one way to it shows other things than another. */
export async function viewOf(api: TestApi, email: string, place: Place): Promise<RecordView | null> {
  const { recordId } = place;
  await api.feedSettled();
  const data = await api.data(email, query, { ...place });
  const isIt = ({ id }: { id: string }) => id === recordId;
  const { node, account } = data;
  const events: { record: RawRecord & { id: string } }[] = data.cocpEvents.nodes;
  const open = account?.openCocpRecord;
  const ways: (RawRecord | undefined)[] = [
    node ?? undefined,
    data.cocpRequest?.records.find(isIt),
    data.cocpRecords.nodes[0],
    events.find(({ record }) => isIt(record))?.record,
    ...(open && isIt(open) ? [open] : []),
  ];
  const views = ways.map((way) => way && JSON.stringify(toView(way)));
  if (new Set(views).size !== 1) throw new Error(`One sees different things on different ways: ${views.join("\n")}`);
  return node === null ? null : toView(node);
}

/** The feed as one person gets it, each event's record seen as it came. */
export interface ViewFeed {
  readonly events: readonly { readonly type: string; readonly account: string; readonly view: RecordView }[];
  stop(): Promise<void>;
}

const feedQuery = `subscription ($on: LocalDate!, $after: String!) { cocpEvents(after: $after) { type record { ${recordFields}
  number: billingAccount { accountNumber } } } }`;

interface RawEvent {
  readonly type: string;
  readonly record: RawRecord & { readonly number: { readonly accountNumber: string } };
}

/** Subscribes a person to the feed, from now on. */
export async function watchViews(api: TestApi, person: string, on: string): Promise<ViewFeed> {
  const after = await api.feedNow(person);
  const events: { type: string; account: string; view: RecordView }[] = [];
  const socket = api.socket(person);
  socket.subscribe<{ cocpEvents: RawEvent }>(
    { query: feedQuery, variables: { on, after } },
    {
      next({ data }) {
        if (!data) return;
        const { type, record } = data.cocpEvents;
        events.push({ type, account: record.number.accountNumber, view: toView(record) });
      },
      error: () => {}, // seen by what is missing
      complete: () => {},
    },
  );
  return { events, stop: async () => await socket.dispose() };
}
