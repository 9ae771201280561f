/** Stops the tests' PostgreSQL; its keeper deletes the data. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.testPostgres?.stop();
}
