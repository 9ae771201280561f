import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { dayFromNow } from "../../support/api/changes";
import { ask } from "./ask";
import { operator, type Customer, type Directory, type Partner } from "./directory";
import type { Installation } from "./installation";

/** A record, and an event that an answer said it has, or has not. */
export interface Told {
  readonly recordId: string;
  readonly type: string;
}

/** What writers were told. */
export interface Answers {
  /** The requests that were acknowledged. */
  readonly requestIds: string[];
  readonly acknowledged: Told[];
  readonly refused: Told[];
}

const terms = `query ($changes: [PartnerChangeInput!]!) { previewCocp(changes: $changes) { terms { version } } }`;
const accounts = `query ($after: String) { billingAccounts(first: 100, after: $after) {
  nodes { id } pageInfo { hasNextPage endCursor } } }`;
/** Takes the input of `initiateCocp`. */
export const initiate = `mutation ($input: InitiateCocpInput!) { initiateCocp(input: $input) {
  request { requestId records { id } } userErrors { code } } }`;
const act = (name: string, type: string) =>
  `mutation ($input: ${type}!) { act: ${name}(input: $input) { records { id status } userErrors { code recordId } } }`;
/** Mutations by the event that they are to bring about. */
export const moves = {
  ACCEPTED: act("acceptCocp", "RespondToCocpInput"),
  DECLINED: act("declineCocp", "RespondToCocpInput"),
  CANCELLATION_REQUESTED: act("cancelCocp", "CancelCocpInput"),
  REVIEW_STARTED: act("startCocpReview", "ReviewCocpInput"),
  APPROVED: act("approveCocp", "ReviewCocpInput"),
  REFUSED: act("refuseCocp", "ReviewCocpInput"),
  EFFECTIVE_DATE_AMENDED: act("amendCocpEffectiveDate", "AmendCocpEffectiveDateInput"),
  NOTIFICATION_CONTACT_UPDATED: act("updatePartnerNotificationContact", "UpdateNotificationContactInput"),
};

/**
 * Initiates, and brings its requests to one end or another, until it is aborted, resting for `restTime` milliseconds
 * before each. Returns what it was told.
 */
export async function write(
  installation: Installation,
  { partners }: Directory,
  customer: Customer,
  over: AbortSignal,
  restTime = 0,
): Promise<Answers> {
  const ids = await accountIds(installation, customer);
  const answers: Answers = { requestIds: [], acknowledged: [], refused: [] };
  let signature: object | null = null;
  for (let turn = 0; !over.aborted; turn += 1) {
    if (restTime > 0) await pause(restTime);
    const partner = partners[turn % partners.length];
    if (partner === undefined) throw new Error("There are no partners");
    const chosen = [0, 1].map((next) => ids[(turn * 2 + next) % ids.length]);
    const changes = changesTo(partner, chosen);
    signature ??= await sign(installation, customer, changes);
    const input = { changes, signature, idempotencyKey: randomUUID() };
    const { request } = (await ask(installation, customer.admin, initiate, { input })).initiateCocp;
    if (request === null) continue; // an account whose cancellation is not finished, or that the partner has by now
    answers.requestIds.push(request.requestId);
    const recordIds: string[] = request.records.map(({ id }: { id: string }) => id);
    for (const recordId of recordIds) answers.acknowledged.push({ recordId, type: "INITIATED" });
    await new Fate(installation, customer, partner, { requestId: request.requestId, recordIds, answers }).meet(turn);
  }
  return answers;
}

/** What becomes of one request. */
class Fate {
  constructor(
    readonly installation: Installation,
    readonly customer: Customer,
    readonly partner: Partner,
    readonly of: { readonly requestId: string; readonly recordIds: readonly string[]; readonly answers: Answers },
  ) {}

  /**
   * An answer, a cancellation, or both at once, of which one wins; what was accepted is refused, or completed. What
   * may be sent twice and be done once: the resending of an invitation is no such thing.
   */
  async meet(turn: number): Promise<void> {
    switch (turn % 6) {
      case 0:
        return await this.answer("DECLINED");
      case 1:
        return await this.cancel();
      case 2:
        await this.answer("ACCEPTED");
        await this.review("REVIEW_STARTED");
        await this.review("APPROVED");
        return await this.complete();
      case 3:
        return void (await Promise.all([this.cancel(), this.answer("DECLINED")]));
      case 4:
        await this.correctContact();
        await this.answer("ACCEPTED");
        return await this.review("REFUSED");
      default:
        await Promise.all([this.cancel(), this.answer("ACCEPTED")]);
        return await this.review("REFUSED");
    }
  }

  answer(type: "ACCEPTED" | "DECLINED"): Promise<void> {
    const { requestId } = this.of;
    return this.#move(this.partner.responder, type, { requestId, note: "Our word" });
  }

  cancel(): Promise<void> {
    return this.#move(this.customer.admin, "CANCELLATION_REQUESTED", { requestId: this.of.requestId });
  }

  correctContact(): Promise<void> {
    const { customer, partner, of } = this;
    const input = { requestId: of.requestId, partnerNotificationContact: partner.colleague };
    return this.#move(customer.admin, "NOTIFICATION_CONTACT_UPDATED", input);
  }

  review(type: "REVIEW_STARTED" | "APPROVED" | "REFUSED"): Promise<void> {
    return this.#move(operator, type, { recordIds: this.of.recordIds, note: "Looked at" });
  }

  complete(): Promise<void> {
    const early = { recordIds: this.of.recordIds, effectiveDate: dayFromNow(0), caseNumber: "CASE-1" };
    return this.#move(operator, "EFFECTIVE_DATE_AMENDED", early);
  }

  async #move(email: string, type: keyof typeof moves, input: object): Promise<void> {
    const { acknowledged, refused } = this.of.answers;
    const { records, userErrors } = (await ask(this.installation, email, moves[type], { input })).act;
    for (const { id, status } of records as { id: string; status: string }[]) {
      acknowledged.push({ recordId: id, type });
      if (status === "COMPLETED") acknowledged.push({ recordId: id, type: "COMPLETED" });
    }
    for (const { recordId } of userErrors as { recordId: string | null }[]) {
      if (recordId !== null) refused.push({ recordId, type });
    }
  }
}

/** What `initiateCocp` takes to move accounts to a partner. */
export function changesTo({ pcn, responder }: Partner, billingAccountIds: readonly (string | undefined)[]): object[] {
  return billingAccountIds.map((billingAccountId) => ({
    billingAccountId,
    newPartnerPcn: pcn,
    partnerNotificationContact: responder,
    reason: "OTHER",
  }));
}

/** A customer's signature under the terms of these changes. */
export async function sign(installation: Installation, { admin }: Customer, changes: object[]): Promise<object> {
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
