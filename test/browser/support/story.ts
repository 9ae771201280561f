import { ask, people, type Person } from "./api";

/** What the story needs of whatever demo data there are. */
export interface Story {
  readonly customer: Person;
  readonly partner: Person;
  /** The input of initiateCocp: one account of the customer, which may change to the partner. */
  readonly initiate: { readonly input: object };
  /** Where the partner's feed stands before anything happens. */
  readonly feedCursor: string;
}

interface Candidate {
  readonly customer: Person;
  readonly partner: Person;
  readonly accountId: string;
}

/** Finds an account, its customer and a partner that may take it, and prepares the request without sending it. */
export async function prepareStory(url: string): Promise<Story> {
  const { customer, partner, accountId } = await findCandidate(url);
  const changes = [
    {
      billingAccountId: accountId,
      newPartnerPcn: partner.pcn,
      partnerNotificationContact: partner.email,
      reason: "OTHER",
    },
  ];
  const preview = await ask<{ previewCocp: { terms: { version: string } } }>(
    url,
    customer.email,
    "query ($changes: [PartnerChangeInput!]!) { previewCocp(changes: $changes) { terms { version } } }",
    { changes },
  );
  const feed = await ask<{ cocpRecords: { feedCursor: string } }>(
    url,
    partner.email,
    "{ cocpRecords(first: 1) { feedCursor } }",
  );
  const signature = {
    firstName: "Ada",
    lastName: "Lindqvist",
    acceptTerms: true,
    termsVersion: preview.previewCocp.terms.version,
  };
  return { customer, partner, initiate: { input: { changes, signature } }, feedCursor: feed.cocpRecords.feedCursor };
}

async function findCandidate(url: string): Promise<Candidate> {
  const everybody = await people(url);
  for (const customer of everybody.filter(({ roles }) => roles.includes("ENTERPRISE_ADMIN"))) {
    const accounts = await ask<{ billingAccounts: { nodes: { id: string }[] } }>(
      url,
      customer.email,
      "{ billingAccounts(filter: { eligible: true }, first: 20) { nodes { id } } }",
    );
    for (const { id } of accounts.billingAccounts.nodes) {
      for (const partner of everybody.filter(({ pcn }) => pcn !== null)) {
        if (await mayTake(url, customer, partner, id)) return { customer, partner, accountId: id };
      }
    }
  }
  throw new Error("The demo data have no account that could change to the partner of a demo person.");
}

async function mayTake(url: string, customer: Person, partner: Person, accountId: string): Promise<boolean> {
  const { confirmPartner } = await ask<{ confirmPartner: { confirmed: boolean } }>(
    url,
    customer.email,
    "query ($pcn: String!, $ids: [ID!]!) { confirmPartner(pcn: $pcn, billingAccountIds: $ids) { confirmed } }",
    { pcn: partner.pcn, ids: [accountId] },
  );
  return confirmPartner.confirmed;
}
