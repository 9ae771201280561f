import { createHash, randomUUID } from "node:crypto";
import type { EntityManager } from "typeorm";
import { lockAccounts } from "../../db/directory/accounts";
import { lockTimedRecordsOf } from "../../db/requests/records";
import {
  claimIdempotencyKey,
  findIdempotencyKey,
  insertRequest,
  isRequestIdTaken,
  newRequestId,
  saveWarnings,
  type EarlierClaim,
} from "../../db/requests/requests";
import { inTransaction } from "../../db/postgres/transaction";
import { BadInputError, type UserErrorFacts } from "../../domain/errors";
import { begin } from "../../domain/evolve";
import {
  assessSignature,
  type AssessedChange,
  type CheckedSignature,
  type PartnerChange,
  type Schedule,
  type SignatureGiven,
  type Warning,
} from "../../domain/initiation";
import type { Viewer } from "../../domain/model";
import type { RecordChange } from "../../domain/reactions";
import { accountIdsOf, assess } from "./lookUpAndAssess";
import { saveConsequences } from "./saveConsequences";
import type { ServiceContext } from "../serviceContext";
import { settleLocked } from "./executeCommand";

export interface Initiation {
  readonly changes: readonly PartnerChange[];
  readonly signature: SignatureGiven;
  readonly idempotencyKey: string | null;
}

export interface InitiationOutcome {
  /** Null when the request was refused. */
  readonly requestId: string | null;
  readonly replayed: boolean;
  readonly warnings: readonly Warning[];
  readonly userErrors: readonly UserErrorFacts[];
}

/** The submission is refused: rolls the transaction back. */
class Refused extends Error {
  constructor(
    readonly userErrors: readonly UserErrorFacts[],
    readonly warnings: readonly Warning[] = [],
  ) {
    super("The request is refused");
  }
}

/**
 * Signs and submits a request (docs/domain.md, "Submission"): all of it, or nothing. Everything that the preview
 * checked is checked again inside the transaction, with the accounts locked. A repeated idempotency key gives the
 * earlier request; one that is still being worked on is waited for. Throws BadInputError for an unusable key;
 * RateLimitedError.
 */
export async function initiateCocp(
  context: ServiceContext,
  viewer: Viewer,
  initiation: Initiation,
): Promise<InitiationOutcome> {
  checkKey(initiation.idempotencyKey);
  const { changes } = initiation;
  const submitNew = async () => {
    if (changes.length <= context.policy.maxAccounts) await context.limits.lookUp(viewer, changes);
    const work = (manager: EntityManager) => submit(context, viewer, initiation, manager);
    return await inTransaction(context.dataSource, work, isRequestIdTaken);
  };
  try {
    const outcome = (await findEarlierAnswer(context, viewer, initiation)) ?? (await submitNew());
    if (!outcome.replayed) context.notifyReaders();
    return outcome;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { userErrors, warnings } = error;
    return { requestId: null, replayed: false, warnings, userErrors };
  }
}

function checkKey(key: string | null): void {
  if (key !== null && (key.length < 1 || key.length > 255)) {
    throw new BadInputError("An idempotency key has 1 to 255 characters: send a UUID, or none.", [
      "input",
      "idempotencyKey",
    ]);
  }
}

async function submit(
  context: ServiceContext,
  viewer: Viewer,
  { changes, signature, idempotencyKey }: Initiation,
  manager: EntityManager,
): Promise<InitiationOutcome> {
  const now = context.clock.now();
  const requestId = newRequestId();
  const earlier = await claimKey(manager, viewer, idempotencyKey, { changes, signature, requestId, now });
  if (earlier !== null) return earlier;

  if (changes.length <= context.policy.maxAccounts)
    await lockAndSettle(context, viewer, accountIdsOf(changes), manager);
  const assessment = await assess(manager, changes, { viewer, now }, context.policy);
  const { items, terms, schedule, warnings } = assessment;
  const errors = [...assessment.errors];
  const signed = assessSignature(signature, terms, errors);
  if (errors.length > 0 || signed === null) throw new Refused(errors, warnings);

  // Lists show records that were submitted together by descending id, so ids are assigned in the order given.
  const ids = items
    .map(() => randomUUID())
    .toSorted()
    .toReversed();
  const created = items.map((item, index) =>
    initiated(ids[index] ?? randomUUID(), item, { requestId, schedule, viewer, now }),
  );
  const [first] = items;
  await save(
    manager,
    { requestId, schedule, viewer, now, signed, customerId: first?.account?.customerId ?? "" },
    created,
  );
  await saveConsequences(manager, created, { ...context, now });
  if (idempotencyKey !== null) await saveWarnings(manager, viewer.email, idempotencyKey, warnings);
  return { requestId, replayed: false, warnings, userErrors: [] };
}

/**
 * Locks the accounts, after those of their records whose time has come, and settles these: one that is over for every
 * reader is over for the database too, which admits one open record an account.
 */
async function lockAndSettle(
  context: ServiceContext,
  { email }: Viewer,
  accountIds: readonly string[],
  manager: EntityManager,
): Promise<void> {
  const timed = await lockTimedRecordsOf(manager, context.clock.now(), email, accountIds);
  await lockAccounts(manager, email, accountIds);
  await settleLocked(manager, timed, context);
}

/** Claims the key for the new request. Gives the earlier answer when it was used, null when it is free or absent. */
async function claimKey(
  manager: EntityManager,
  viewer: Viewer,
  key: string | null,
  { changes, signature, requestId, now }: Omit<Initiation, "idempotencyKey"> & { requestId: string; now: Date },
): Promise<InitiationOutcome | null> {
  if (key === null) return null;
  const fingerprint = fingerprintOf(changes, signature);
  const claim = { viewerEmail: viewer.email, key, fingerprint, requestId, warnings: [], createdAt: now };
  const earlier = await claimIdempotencyKey(manager, claim);
  return earlier && repeated(earlier, fingerprint);
}

/**
 * The answer of the first call with that key, before anything is charged for the repetition; null when there was
 * none.
 */
async function findEarlierAnswer(
  { dataSource: { manager } }: ServiceContext,
  viewer: Viewer,
  { changes, signature, idempotencyKey }: Initiation,
): Promise<InitiationOutcome | null> {
  if (idempotencyKey === null) return null;
  const earlier = await findIdempotencyKey(manager, viewer.email, idempotencyKey);
  const fingerprint = fingerprintOf(changes, signature);
  return earlier && repeated(earlier, fingerprint);
}

/** Throws Refused when the key was used for something else. */
function repeated(earlier: EarlierClaim, fingerprint: Buffer): InitiationOutcome {
  if (earlier.fingerprint.equals(fingerprint)) {
    return { requestId: earlier.requestId, replayed: true, warnings: earlier.warnings as Warning[], userErrors: [] };
  }
  const message = "This idempotency key was used for a different request: send a new key with a new request.";
  throw new Refused([{ code: "IDEMPOTENCY_KEY_REUSED", message, field: ["idempotencyKey"] }]);
}

/** SHA-256 of what was asked for. */
function fingerprintOf(changes: readonly PartnerChange[], signature: SignatureGiven): Buffer {
  const rows = changes.map((change) => [
    change.billingAccountId,
    change.newPartnerPcn,
    change.partnerNotificationContact,
    change.reason,
    change.reasonNote ?? null,
  ]);
  const { firstName, lastName, acceptTerms, termsVersion } = signature;
  return createHash("sha256")
    .update(JSON.stringify([rows, firstName, lastName, acceptTerms, termsVersion]))
    .digest();
}

interface Submission {
  readonly requestId: string;
  readonly schedule: Schedule;
  readonly viewer: Viewer;
  readonly now: Date;
}

/** The record that a checked change begins, with its event. */
function initiated(id: string, item: AssessedChange, { requestId, schedule, viewer, now }: Submission): RecordChange {
  const { account, partner, contact, contactVerification, reason, reasonNote } = item;
  if (account === null || partner === null || contact === null || contactVerification === null) {
    throw new Error("A change without errors has an account, a partner and a contact");
  }
  const event = {
    type: "INITIATED",
    occurredAt: now,
    actor: "CUSTOMER",
    actorEmail: viewer.email,
    previousStatus: null,
    status: "IN_PROGRESS",
    effectiveDate: schedule.effectiveDate,
    facts: {
      requestId,
      billingAccountId: account.id,
      channel: account.channel,
      oldPartnerId: account.partnerOfRecordId,
      newPartnerId: partner.id,
      contact,
      contactVerification,
      reason,
      reasonNote,
      respondBy: schedule.respondBy.toISOString(),
      expiresAt: schedule.expiresAt.toISOString(),
    },
  } as const;
  return { record: begin(id, event), event };
}

async function save(
  manager: EntityManager,
  {
    requestId,
    schedule,
    viewer,
    now,
    signed,
    customerId,
  }: Submission & { signed: CheckedSignature; customerId: string },
  created: readonly RecordChange[],
): Promise<void> {
  const { respondBy, expiresAt } = schedule;
  await insertRequest(
    manager,
    { requestId, customerId, submittedAt: now, respondBy, expiresAt, lastResentAt: null },
    { ...signed, signedBy: viewer.email, signedAt: now },
    created.map(({ record }) => record),
  );
}
