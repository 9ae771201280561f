import type { Actor, CocpCommand, CommandType } from "../../../src/domain/commands";
import { systemActor } from "../../../src/domain/commands";
import { addDays, addHours } from "../../../src/domain/dates";
import { decide, settle, type DecisionContext } from "../../../src/domain/decide";
import type { AccountFacts } from "../../../src/domain/eligibility";
import { CocpError } from "../../../src/domain/errors";
import type { CocpEvent, EventFacts } from "../../../src/domain/events";
import { begin, evolve } from "../../../src/domain/evolve";
import type { CocpEventType, CocpParty, CocpStatus, UserErrorCode } from "../../../src/domain/model";
import type { PartnerFacts } from "../../../src/domain/partnerChecks";
import { defaultPolicy } from "../../../src/domain/policy";
import type { CocpRecord, Standing } from "../../../src/domain/record";

export const submittedAt = new Date("2026-11-22T09:30:00.000Z");
export const dayAfter = addDays(submittedAt, 1);
export const respondBy = new Date("2026-12-02T09:30:00.000Z");
export const expiresAt = new Date("2026-12-22T09:30:00.000Z");
export const effectiveDate = "2027-02-20";

/** The agreement and the new partner admit the change. */
export const goodStanding: Standing = {
  agreementStatus: "ACTIVE",
  agreementEndDate: "2029-06-30",
  newPartnerAllowed: true,
};

const person = (party: CocpParty, canRespond = false): Actor => ({
  email: `${party.toLowerCase()}@example.com`,
  parties: new Set([party]),
  canRespond,
});

/** Everybody who may meet a record, the new partner's people by their right to answer. */
export const actors = {
  CUSTOMER: person("CUSTOMER"),
  NEW_PARTNER: person("NEW_PARTNER", true),
  "NEW_PARTNER that may not respond": person("NEW_PARTNER"),
  OLD_PARTNER: person("OLD_PARTNER", true),
  OPERATIONS: person("OPERATIONS"),
  SYSTEM: systemActor,
  nobody: { email: "stranger@example.com", parties: new Set<CocpParty>(), canRespond: true },
} satisfies Record<string, Actor>;

/** One of each command, as its sender would fill it in. */
export const commands: { readonly [Type in CommandType]: Extract<CocpCommand, { type: Type }> } = {
  ACCEPT: { type: "ACCEPT", note: null },
  DECLINE: { type: "DECLINE", note: "No capacity" },
  CANCEL: { type: "CANCEL", note: null },
  FINISH_CANCELLATION: { type: "FINISH_CANCELLATION" },
  EXPIRE: { type: "EXPIRE" },
  START_REVIEW: { type: "START_REVIEW", note: null },
  APPROVE: { type: "APPROVE", note: null },
  REFUSE: { type: "REFUSE", note: "Signed by the wrong person" },
  COMPLETE: { type: "COMPLETE" },
  AMEND_EFFECTIVE_DATE: { type: "AMEND_EFFECTIVE_DATE", effectiveDate: "2027-01-15", caseNumber: "CASE-1" },
  UPDATE_NOTIFICATION_CONTACT: {
    type: "UPDATE_NOTIFICATION_CONTACT",
    contact: "robin@new.example",
    verificationOf: () => "CANNOT_RESPOND",
  },
};

type Initiated = Extract<CocpEvent, { type: "INITIATED" }>;

/** The event that begins a record. */
export function initiated(facts: Partial<EventFacts["INITIATED"]> = {}): Initiated {
  return {
    type: "INITIATED",
    occurredAt: submittedAt,
    actor: "CUSTOMER",
    actorEmail: "customer@example.com",
    previousStatus: null,
    status: "IN_PROGRESS",
    effectiveDate,
    facts: {
      requestId: "COCP-7Q4M-K2XW",
      billingAccountId: "account-1",
      channel: "DIRECT",
      oldPartnerId: "old-partner",
      newPartnerId: "new-partner",
      contact: "kim@new.example",
      contactVerification: "VERIFIED",
      reason: "UNSATISFACTORY_SERVICE",
      reasonNote: "Slow answers",
      respondBy: respondBy.toISOString(),
      expiresAt: expiresAt.toISOString(),
      ...facts,
    },
  };
}

/** How a record comes into each status, within its first hour. CANCELED: by the customer. */
const paths: Readonly<Record<CocpStatus, readonly [CommandType, CocpParty][]>> = {
  IN_PROGRESS: [],
  ACCEPTED: [["ACCEPT", "NEW_PARTNER"]],
  DECLINED: [["DECLINE", "NEW_PARTNER"]],
  PENDING_MICROSOFT_REVIEW: [
    ["ACCEPT", "NEW_PARTNER"],
    ["START_REVIEW", "OPERATIONS"],
  ],
  IN_GRACE_PERIOD: [
    ["ACCEPT", "NEW_PARTNER"],
    ["START_REVIEW", "OPERATIONS"],
    ["APPROVE", "OPERATIONS"],
  ],
  CANCELLATION_IN_PROGRESS: [["CANCEL", "CUSTOMER"]],
  CANCELED: [
    ["CANCEL", "CUSTOMER"],
    ["FINISH_CANCELLATION", "SYSTEM"],
  ],
  EXPIRED: [["EXPIRE", "SYSTEM"]],
  COMPLETED: [
    ["ACCEPT", "NEW_PARTNER"],
    ["START_REVIEW", "OPERATIONS"],
    ["APPROVE", "OPERATIONS"],
    ["COMPLETE", "SYSTEM"],
  ],
};

/** A record that came into a status by its events; `facts` are those of its initiation. */
export function recordIn(status: CocpStatus, facts: Partial<EventFacts["INITIATED"]> = {}): CocpRecord {
  return sent(begin("record-1", initiated(facts)), paths[status]);
}

/** A record that operations refused after the partner had accepted it. */
export function refusedRecord(): CocpRecord {
  return sent(recordIn("ACCEPTED"), [["REFUSE", "OPERATIONS"]]);
}

function sent(record: CocpRecord, path: readonly [CommandType, CocpParty][]): CocpRecord {
  const at = addHours(submittedAt, 1);
  return path.reduce((now, [type, party]) => {
    return decide(commands[type], now, context(actors[party], at)).reduce(evolve, now);
  }, record);
}

export function context(actor: Actor, now: Date = dayAfter, standing: Standing = goodStanding): DecisionContext {
  return { now, actor, policy: defaultPolicy, standing };
}

/** The code of the error that something throws; null when it throws none. */
export function errorOf(work: () => unknown): UserErrorCode | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof CocpError) return error.code;
    throw error;
  }
}

/** What came of a command: the events, those that time gave included, and the record after them. */
export interface Outcome {
  readonly events: readonly CocpEvent[];
  readonly record: CocpRecord;
  readonly error: CocpError | null;
}

/** Sends a command to a record as the service does: what is due first, then the command, then what is due after it. */
export function send(record: CocpRecord, command: CocpCommand, decision: DecisionContext): Outcome {
  const due = settle(record, decision);
  const settled = due.reduce(evolve, record);
  try {
    const decided = decide(command, settled, decision);
    const after = decided.reduce(evolve, settled);
    const then = settle(after, decision);
    return { events: [...due, ...decided, ...then], record: then.reduce(evolve, after), error: null };
  } catch (error) {
    if (!(error instanceof CocpError)) throw error;
    return { events: due, record: settled, error };
  }
}

/** given(record).when(command, as).thenEvents(...) | .thenNothing() | .thenError(...) */
export function given(record: CocpRecord, standing: Standing = goodStanding) {
  return {
    when(command: CocpCommand, as: keyof typeof actors, at: Date = dayAfter) {
      const outcome = send(record, command, context(actors[as], at, standing));
      return {
        outcome,
        thenEvents(...types: CocpEventType[]): Outcome {
          expect({ error: outcome.error, types: outcome.events.map(({ type }) => type) }).toEqual({
            error: null,
            types,
          });
          return outcome;
        },
        thenNothing(): void {
          expect(outcome).toEqual({ events: [], record, error: null });
        },
        thenError(code: UserErrorCode): CocpError {
          expect(outcome.error?.code).toBe(code);
          if (outcome.error === null) throw new Error("There is no error");
          return outcome.error;
        },
      };
    },
  };
}

/** An eligible INDIRECT account, its Enterprise Administrator looking at it. */
export function account(changes: Partial<AccountFacts> = {}): AccountFacts {
  return {
    id: "account-1",
    accountNumber: "8608480",
    displayName: "Contoso Europe",
    customerId: "customer-1",
    program: "ENTERPRISE_AGREEMENT",
    agreementStatus: "ACTIVE",
    channel: "INDIRECT",
    endDate: "2029-06-30",
    viewerRole: "ENTERPRISE_ADMIN",
    billToIsDirectSupport: false,
    partnerIsDirectSupport: false,
    partnerOfRecordId: "old-partner",
    incomingPartnerId: null,
    isOpenRecordApproved: false,
    openRecord: null,
    ...changes,
  };
}

/** A partner that may take any account. */
export function partner(changes: Partial<PartnerFacts> = {}): PartnerFacts {
  return {
    id: "new-partner",
    pcn: "NEW1",
    organizationName: "New Partner",
    allowed: true,
    reseller: true,
    softwareAdvisor: true,
    ...changes,
  };
}
