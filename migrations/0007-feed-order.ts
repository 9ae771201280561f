import type { MigrationInterface, QueryRunner } from "typeorm";

/** The feed in its order for each party, so that a page costs who has few events among many no more than others. */
export class FeedOrder0007000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE INDEX cocp_events_new_partner_feed_idx ON cocp_events (new_partner_id, transaction_id, position);
      CREATE INDEX cocp_events_old_partner_feed_idx ON cocp_events (old_partner_id, transaction_id, position)
        WHERE old_partner_id IS NOT NULL;
      CREATE INDEX cocp_events_account_feed_idx ON cocp_events (billing_account_id, transaction_id, position);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      "DROP INDEX cocp_events_new_partner_feed_idx, cocp_events_old_partner_feed_idx, cocp_events_account_feed_idx",
    );
  }
}
