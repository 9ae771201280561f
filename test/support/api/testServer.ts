import { Client } from "pg";

/** Name of the migrated database that every test database is a copy of. */
export const templateDatabase = "changeover_template";

/** Environment variable with the server that tests run on; the global setup sets it when nobody did. */
export const serverVariable = "CHANGEOVER_TEST_DATABASE_URL";

/** The URL of another database of the tests' server; without a name, of the one to manage databases from. */
export function serverUrl(database?: string): string {
  const given = process.env[serverVariable];
  if (!given) throw new Error(`${serverVariable} is not set: run the tests by one of jest's projects`);
  const url = new URL(given);
  if (database !== undefined) url.pathname = `/${database}`;
  return url.href;
}

/** Runs something on a connection of its own. */
export async function withClient<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {}); // a dropped database ends its connections; queries report it
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
