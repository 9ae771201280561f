import { randomInt } from "node:crypto";
import type { EntityManager } from "typeorm";
import type { AgreementChannel } from "../../domain/model";
import type { CocpRecord } from "../../domain/record";
import { CocpRecordEntity } from "../../entities/cocpRecordEntity";
import { CocpRequestEntity } from "../../entities/cocpRequestEntity";
import { CocpSignatureEntity } from "../../entities/cocpSignatureEntity";
import { IdempotencyKeyEntity } from "../../entities/idempotencyKeyEntity";
import { executeTogether, insertion } from "../postgres/insertion";
import { columnsOf, select, sql } from "../postgres/sql";
import { violates } from "../postgres/transaction";

/** Digits and letters that are not taken for one another. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Makes a Request ID such as COCP-7Q4M-K2XW: random, not a counter. It may be in use: see `isRequestIdTaken`. */
export function newRequestId(): string {
  const four = () => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join("");
  return `COCP-${four()}-${four()}`;
}

/** Whether an insert failed because the Request ID, drawn at random, was in use: draw another. */
export function isRequestIdTaken(error: unknown): boolean {
  return violates(error, "cocp_requests_pkey");
}

/** Writes a new request with its signature and records. */
export async function insertRequest(
  manager: EntityManager,
  request: CocpRequestEntity,
  signature: Omit<CocpSignatureEntity, "requestId">,
  records: readonly CocpRecord[],
): Promise<void> {
  const signatures = [{ requestId: request.requestId, ...signature }];
  const changes = [insertion(CocpRequestEntity, [request]), insertion(CocpSignatureEntity, signatures)];
  await executeTogether(manager, changes, insertion(CocpRecordEntity, records));
}

/**
 * Claims a viewer's idempotency key for a new request. Waits while another transaction that claimed it is undecided.
 * Gives null when it is ours now, else the earlier claim.
 */
export async function claimIdempotencyKey(
  manager: EntityManager,
  claim: IdempotencyKeyEntity,
): Promise<EarlierClaim | null> {
  const claimed = await select<{ key: string }>(
    manager,
    sql`WITH claimed AS (
        INSERT INTO idempotency_keys (viewer_email, key, fingerprint, request_id, created_at)
        VALUES (${claim.viewerEmail}, ${claim.key}, ${claim.fingerprint}, ${claim.requestId}, ${claim.createdAt})
        ON CONFLICT (viewer_email, key) DO NOTHING RETURNING key)
      SELECT key FROM claimed`,
  );
  if (claimed.length > 0) return null;
  return await findIdempotencyKey(manager, claim.viewerEmail, claim.key);
}

/** A claim on an idempotency key that succeeded before. */
export type EarlierClaim = Pick<IdempotencyKeyEntity, "requestId" | "fingerprint" | "warnings">;

export async function findIdempotencyKey(
  manager: EntityManager,
  viewerEmail: string,
  key: string,
): Promise<EarlierClaim | null> {
  const [row] = await select<EarlierClaim>(
    manager,
    sql`SELECT request_id AS "requestId", fingerprint, warnings FROM idempotency_keys
      WHERE viewer_email = ${viewerEmail} AND key = ${key}`,
  );
  return row ?? null;
}

/** Keeps the warnings of the first answer for repetitions. */
export async function saveWarnings(
  manager: EntityManager,
  viewerEmail: string,
  key: string,
  warnings: readonly object[],
): Promise<void> {
  if (warnings.length === 0) return;
  await select(
    manager,
    sql`UPDATE idempotency_keys SET warnings = ${JSON.stringify(warnings)}::jsonb
      WHERE viewer_email = ${viewerEmail} AND key = ${key}`,
  );
}

export type RequestRow = CocpRequestEntity;
export type SignatureRow = CocpSignatureEntity;

const requestColumns = columnsOf(CocpRequestEntity, "q");
const signatureColumns = columnsOf(CocpSignatureEntity, "s");

export async function readRequestRows(manager: EntityManager, requestIds: readonly string[]): Promise<RequestRow[]> {
  if (requestIds.length === 0) return [];
  return await select(
    manager,
    sql`SELECT ${requestColumns} FROM cocp_requests q WHERE q.request_id = ANY(${[...requestIds]})`,
  );
}

export async function readSignatureRows(
  manager: EntityManager,
  requestIds: readonly string[],
): Promise<SignatureRow[]> {
  return await select(
    manager,
    sql`SELECT ${signatureColumns} FROM cocp_signatures s WHERE s.request_id = ANY(${[...requestIds]})`,
  );
}

/**
 * By records, the channel that chose the text which was signed for them: the directory may have another by now. Of a
 * record whose log does not tell, the directory's.
 */
export async function readSignedChannels(
  manager: EntityManager,
  recordIds: readonly string[],
): Promise<Map<string, AgreementChannel>> {
  const rows = await select<{ id: string; channel: AgreementChannel }>(
    manager,
    sql`SELECT r.id, coalesce(e.facts ->> 'channel', a.channel) AS channel
      FROM cocp_records r JOIN billing_accounts a ON a.id = r.billing_account_id
      LEFT JOIN cocp_events e ON e.record_id = r.id AND e.sequence = 1
      WHERE r.id = ANY(${[...recordIds]}::uuid[])`,
  );
  return new Map(rows.map(({ id, channel }) => [id, channel]));
}
