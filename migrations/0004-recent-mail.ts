import type { MigrationInterface, QueryRunner } from "typeorm";

/** An index that counts the states of recent notifications without reading the table: for the metrics. */
export class RecentMail0004000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      "CREATE INDEX cocp_notifications_created_at_state_idx ON cocp_notifications (created_at, state)",
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query("DROP INDEX cocp_notifications_created_at_state_idx");
  }
}
