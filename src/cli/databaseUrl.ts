import { DatabaseClient } from "../db/postgres/databaseClient";
import { errorCode } from "../errorCode";
import { certificateCure, isCertificateCode } from "./certificateCure";

/** A connection of its own to the database. Throws with the cure when it can't be made. */
export async function connectToDatabase(applicationName: string, url: string): Promise<DatabaseClient> {
  const client = new DatabaseClient({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
    statementTimeout: 0,
    idleInTransactionTimeout: 0,
  });
  try {
    await client.connect();
    return client;
  } catch (error) {
    throw new Error(
      `cannot connect to the database of DATABASE_URL: ${messageOf(error)}. Cure: ${cureOf(errorCode(error))}`,
      { cause: error },
    );
  }
}

/** The URL of a database that lets us in now. Throws with the cure when it does not, before anything else begins. */
export async function reachableDatabase(url: string): Promise<string> {
  const client = await connectToDatabase("changeover", url);
  await client.end();
  return url;
}

/** The fix of an error on connecting to the database. */
export function cureOf(code: string | null): string {
  if (isCertificateCode(code)) {
    return certificateCure("the host of DATABASE_URL", "or as sslrootcert=FILE in DATABASE_URL");
  }
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "correct the host name in DATABASE_URL";
    case "28P01":
    case "28000":
      return "correct the user and password in DATABASE_URL (percent-encoded), and see that pg_hba.conf lets them in";
    case "3D000":
      return "create the database (createdb), or correct its name in DATABASE_URL";
    case "53300":
      return "raise max_connections, or lower DATABASE_POOL_SIZE or the number of processes";
    case "42501":
      return "make the role of DATABASE_URL the owner of its database";
    default:
      return "start PostgreSQL, let this machine through to it, or correct host and port in DATABASE_URL";
  }
}

/**
 * The message of an error in one line. A refused connection to a name with several addresses is an AggregateError
 * without a message.
 */
export function messageOf(error: unknown): string {
  const cause: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return cause instanceof Error ? cause.message : String(cause);
}
