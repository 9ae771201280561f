import { Client } from "pg";

/** The database that DATABASE_URL names. Throws when it is missing or names none. */
export function databaseUrl(): string {
  const url = process.env["DATABASE_URL"];
  if (url === undefined || !/^postgres(ql)?:\/\//.test(url)) {
    throw new Error("DATABASE_URL must name the database, such as postgres://user:password@127.0.0.1/changeover");
  }
  return url;
}

/** A connection of its own to that database. Throws, naming DATABASE_URL, when it can't be made. */
export async function connectToDatabase(applicationName: string): Promise<Client> {
  const client = new Client({ connectionString: databaseUrl(), application_name: applicationName });
  try {
    await client.connect();
    return client;
  } catch (error) {
    throw new Error(`cannot connect to the database of DATABASE_URL: ${messageOf(error)}`, { cause: error });
  }
}

/** What went wrong, in a line: a refused connection to a name with several addresses is an AggregateError without one. */
export function messageOf(error: unknown): string {
  const cause: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return cause instanceof Error ? cause.message : String(cause);
}
