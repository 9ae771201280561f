import { ShareTakenError } from "../db/postgres/connectionQuotas";
import { errorCode } from "../errorCode";

/** Something that the service needs can't answer at present: trying again later helps. */
export class UnavailableError extends Error {}

/**
 * SQLSTATE classes of a server that is out of reach or overloaded: connection, resources, intervention; of a database
 * that takes no connections or no writes (failover), of a disk that fails, of a lock that was waited for too long, of
 * a transaction that stood still for too long, and of one that gave way to others again and again.
 */
const unavailableStates = /^(08|53|57)...$|^55(000|P03)$|^58030$|^40(001|P01)$|^25(006|P03|P04)$/;
const unavailableCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
]);
/**
 * Messages of pg and TypeORM, whose errors have no code. The last three occur when a transaction loses its connection
 * between two statements.
 */
const unavailableMessages =
  /timeout exceeded when trying to connect|Connection terminated|Driver not Connected|calling end on the pool|not queryable|query runner (was )?already released|transaction is not started/i;

/** Whether an error means that the database, or the token issuer, can't answer at present. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof UnavailableError || error instanceof ShareTakenError) return true;
  if (typeof error !== "object" || error === null) return false;
  const code = errorCode(error);
  if (code !== null && (unavailableCodes.has(code) || unavailableStates.test(code))) return true;
  return unavailableMessages.test(String(Reflect.get(error, "message")));
}
