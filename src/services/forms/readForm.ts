import { readPresentViewer } from "../../db/directory/viewers";
import { readEvents } from "../../db/feed/eventLog";
import { sql } from "../../db/postgres/sql";
import { hasForm } from "../../domain/actions";
import type { Viewer } from "../../domain/model";
import { signedTerms } from "../../domain/terms";
import type { Acceptance, FormFacts, FormRecord } from "../../forms/formFacts";
import { customersById, partnersById, readAccountsById } from "../directory/readAccounts";
import type { VisibleRecord } from "../requests/readRecords";
import { readRequests, readSignatures, signedChannels, type VisibleRequest } from "../requests/readRequests";
import type { ServiceContext } from "../serviceContext";

/** The name to save a form under. */
export function formFileName(requestId: string): string {
  return `${requestId}.pdf`;
}

/**
 * Returns the signed form of a request as the viewer may read it, or null. Twelve statements. A form may wait for
 * others: null when the viewer lost one of its records meanwhile. Throws as `FormMaker.make` does.
 */
export async function readForm(context: ServiceContext, viewer: Viewer, requestId: string): Promise<Buffer | null> {
  const facts = (await readFormFacts(context, viewer, [requestId])).get(requestId);
  if (facts === undefined) return null;
  const file = await context.forms.make(viewer.email, facts);
  const present = await readPresentViewer(context.dataSource.manager, viewer);
  const listed = (await readListed(context, present, [requestId])).values();
  const accountIds = new Set([...listed].flat().map(({ record }) => record.billingAccountId));
  return facts.records.every(({ billingAccountId }) => accountIds.has(billingAccountId)) ? file : null;
}

/**
 * SHA-256 of forms in hexadecimal digits, by Request ID, for those that there are. As many statements as one takes.
 * Throws as `FormMaker.make` does.
 */
export async function readFormDigests(
  context: ServiceContext,
  viewer: Viewer,
  requestIds: readonly string[],
): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for (const [requestId, facts] of await readFormFacts(context, viewer, requestIds)) {
    digests.set(requestId, await context.forms.digest(viewer.email, facts));
  }
  return digests;
}

async function readFormFacts(
  context: ServiceContext,
  viewer: Viewer,
  requestIds: readonly string[],
): Promise<Map<string, FormFacts>> {
  const listed = await readListed(context, viewer, requestIds);
  if (listed.size === 0) return new Map();
  const lookup = await readLookup(context, viewer, listed);
  return new Map([...listed].map(([request, records]) => [request.requestId, factsOf(request, records, lookup)]));
}

/** Requests that have a form for the viewer, each with the records that the form lists. */
async function readListed(
  context: ServiceContext,
  viewer: Viewer,
  requestIds: readonly string[],
): Promise<Map<VisibleRequest, VisibleRecord[]>> {
  const listed = new Map<VisibleRequest, VisibleRecord[]>();
  for (const request of (await readRequests(context, viewer, requestIds)).values()) {
    const records = request.records.filter(({ record, actor }) => hasForm(record, actor.parties));
    if (records.length > 0) listed.set(request, records);
  }
  return listed;
}

type Lookup = Awaited<ReturnType<typeof readLookup>>;

/** All that forms name, in six statements. */
async function readLookup(
  context: ServiceContext,
  viewer: Viewer,
  listed: ReadonlyMap<VisibleRequest, readonly VisibleRecord[]>,
) {
  const requests = [...listed.keys()];
  const records = [...listed.values()].flat().map(({ record }) => record);
  const recordIds = records.map(({ id }) => id);
  const partnerIds = new Set(records.flatMap(({ oldPartnerId, newPartnerId }) => [oldPartnerId, newPartnerId]));
  return {
    customers: await customersById(
      context,
      requests.map(({ customerId }) => customerId),
    ),
    signatures: await readSignatures(
      context,
      requests.map(({ requestId }) => requestId),
    ),
    accounts: await readAccountsById(
      context,
      viewer,
      records.map(({ billingAccountId }) => billingAccountId),
    ),
    partners: await partnersById(context, [...partnerIds]),
    channels: await signedChannels(context, recordIds),
    acceptances: await readAcceptances(context, viewer, recordIds),
  };
}

/** Reads the acceptances of records, by record. */
async function readAcceptances(
  { dataSource }: ServiceContext,
  viewer: Viewer,
  recordIds: readonly string[],
): Promise<Map<string, Acceptance>> {
  const condition = sql`e.record_id = ANY(${[...recordIds]}::uuid[]) AND e.type = 'ACCEPTED'`;
  const events = await readEvents(dataSource.manager, viewer, condition);
  return new Map(
    events.map(({ recordId, occurredAt, actorEmail }) => [recordId, { at: occurredAt, by: actorEmail ?? "" }]),
  );
}

function factsOf(request: VisibleRequest, visible: readonly VisibleRecord[], lookup: Lookup): FormFacts {
  const { requestId, submittedAt } = request;
  const records = visible.map(({ record }) => recordFacts(record, lookup));
  const signature = known(lookup.signatures, requestId);
  const accounts = records.map(({ billingAccountId, channel }) => ({ id: billingAccountId, channel }));
  const terms = signedTerms(accounts, signature.termsVersion);
  if (terms === null) throw new Error("A form lists at least one record");
  return { requestId, submittedAt, customer: known(lookup.customers, request.customerId), records, terms, signature };
}

function recordFacts(
  { id, billingAccountId, oldPartnerId, newPartnerId, effectiveDate, earlyCocpCaseNumber }: VisibleRecord["record"],
  lookup: Lookup,
): FormRecord {
  const { accountNumber, displayName } = known(lookup.accounts, billingAccountId).account;
  return {
    billingAccountId,
    accountNumber,
    displayName,
    channel: known(lookup.channels, id),
    oldPartner: known(lookup.partners, oldPartnerId),
    newPartner: known(lookup.partners, newPartnerId),
    effectiveDate,
    earlyCocpCaseNumber,
    accepted: known(lookup.acceptances, id),
  };
}

/** A value that foreign keys and the event log guarantee. */
function known<Value>(values: ReadonlyMap<string, Value>, key: string): Value {
  const value = values.get(key);
  if (value === undefined) throw new Error(`${key} was to be found for a form`);
  return value;
}
