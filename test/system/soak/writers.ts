import { randomUUID } from "node:crypto";
import { ask } from "./ask";
import type { Customer, Directory, Partner } from "./directory";
import type { Installation } from "./installation";

/** A record, and an event that a successful answer said it has. */
export interface Acknowledged {
  readonly recordId: string;
  readonly type: string;
}

const terms = `query ($changes: [PartnerChangeInput!]!) { previewCocp(changes: $changes) { terms { version } } }`;
const accounts = `query ($after: String) { billingAccounts(first: 100, after: $after) {
  nodes { id } pageInfo { hasNextPage endCursor } } }`;
const initiate = `mutation ($input: InitiateCocpInput!) { initiateCocp(input: $input) {
  request { requestId records { id } } userErrors { code } } }`;
const act = (name: string, type: string) =>
  `mutation ($input: ${type}!) { act: ${name}(input: $input) { records { id } userErrors { code } } }`;
const moves = {
  ACCEPTED: act("acceptCocp", "RespondToCocpInput"),
  DECLINED: act("declineCocp", "RespondToCocpInput"),
  CANCELLATION_REQUESTED: act("cancelCocp", "CancelCocpInput"),
};

/** Initiates, and has its requests accepted, declined and canceled, until it is aborted. Gives what was acknowledged. */
export async function write(
  installation: Installation,
  { partners }: Directory,
  customer: Customer,
  over: AbortSignal,
): Promise<Acknowledged[]> {
  const ids = await accountIds(installation, customer);
  const acknowledged: Acknowledged[] = [];
  let signature: object | null = null;
  for (let turn = 0; !over.aborted; turn += 1) {
    const partner = partners[turn % partners.length];
    if (partner === undefined) throw new Error("There are no partners");
    const chosen = [0, 1].map((next) => ids[(turn * 2 + next) % ids.length]);
    const changes = chosen.map((billingAccountId) => ({
      billingAccountId,
      newPartnerPcn: partner.pcn,
      partnerNotificationContact: partner.responder,
      reason: "OTHER",
    }));
    signature ??= await sign(installation, customer, changes);
    const input = { changes, signature, idempotencyKey: randomUUID() };
    const { request } = (await ask(installation, customer.admin, initiate, { input })).initiateCocp;
    if (request === null) continue; // an account that was accepted, or whose cancellation is not finished
    for (const { id } of request.records) acknowledged.push({ recordId: id, type: "INITIATED" });
    acknowledged.push(...(await follow(installation, customer, partner, request.requestId, turn)));
  }
  return acknowledged;
}

/** What becomes of a request: an answer, a cancellation, or both at once, of which one wins. */
async function follow(
  installation: Installation,
  { admin }: Customer,
  { responder }: Partner,
  requestId: string,
  turn: number,
): Promise<Acknowledged[]> {
  const move = async (email: string, type: keyof typeof moves) => {
    const note = type === "DECLINED" ? { note: "No room" } : {};
    const answer = (await ask(installation, email, moves[type], { input: { requestId, ...note } })).act;
    return (answer.records as { id: string }[]).map(({ id }) => ({ recordId: id, type }));
  };
  const cancel = () => move(admin, "CANCELLATION_REQUESTED");
  if (turn % 4 === 0) return await move(responder, "DECLINED");
  if (turn % 4 === 1) return await cancel();
  if (turn % 4 === 2) return await move(responder, "ACCEPTED");
  return (await Promise.all([cancel(), move(responder, "DECLINED")])).flat();
}

async function sign(installation: Installation, { admin }: Customer, changes: object[]): Promise<object> {
  const { previewCocp } = await ask(installation, admin, terms, { changes });
  return { firstName: "Ada", lastName: "Minister", acceptTerms: true, termsVersion: previewCocp.terms.version };
}

async function accountIds(installation: Installation, { admin }: Customer): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ;) {
    const { billingAccounts } = await ask(installation, admin, accounts, { after });
    ids.push(...billingAccounts.nodes.map(({ id }: { id: string }) => id));
    if (!billingAccounts.pageInfo.hasNextPage) return ids;
    after = billingAccounts.pageInfo.endCursor;
  }
}
