import { startEmbeddedPostgres, type EmbeddedPostgresOptions } from "../../../src/dev/postgres/embeddedPostgres";

/** A process that owns an embedded PostgreSQL until it is killed. Sends the URL to the test that started it. */
const options: EmbeddedPostgresOptions = JSON.parse(process.argv[2] ?? "");
void startEmbeddedPostgres(options).then(({ url }) => process.send?.(url));
process.on("message", () => {}); // and stays, while that test does
