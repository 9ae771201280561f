import { ShareTakenError } from "../db/shares";

/** Something that the service needs can't answer at present: trying again later helps. */
export class UnavailableError extends Error {}

/**
 * SQLSTATE classes of a server that is out of reach or overloaded: connection, resources, intervention; of a database that
 * takes no connections, of a disk that fails, of a lock that was waited for too long, and of a transaction that gave way to
 * others again and again.
 */
const unavailableStates = /^(08|53|57)...$|^55(000|P03)$|^58030$|^40(001|P01)$/;
const unavailableCodes = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN"]);
/** Of pg and TypeORM. The last two are what a transaction meets whose connection was lost between two statements. */
const unavailableMessages =
  /timeout exceeded when trying to connect|Connection terminated|Driver not Connected|not queryable|query runner (was )?already released/i;

/** Whether an error means that the database, or the token issuer, can't answer at present. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof UnavailableError || error instanceof ShareTakenError) return true;
  if (!(error instanceof Error)) return false;
  const code: unknown = Reflect.get(error, "code"); // the system's, or a SQLSTATE
  if (typeof code === "string" && (unavailableCodes.has(code) || unavailableStates.test(code))) return true;
  return unavailableMessages.test(error.message);
}
