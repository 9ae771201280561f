import type { QueryRunner } from "typeorm";
import type { AdmittingMigration } from "../src/db/postgres/databaseVersion";

/** The events of one request in the feed's order, so that a page of them does not read the whole log. */
export class FeedOfRequest0011000000000 implements AdmittingMigration {
  readonly oldestBuild = 7;

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      "CREATE INDEX cocp_events_request_feed_idx ON cocp_events (request_id, transaction_id, position)",
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query("DROP INDEX cocp_events_request_feed_idx");
  }
}
