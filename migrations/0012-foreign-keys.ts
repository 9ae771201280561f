import type { QueryRunner } from "typeorm";
import type { AdmittingMigration } from "../src/db/postgres/databaseVersion";

/** Indexes of foreign keys that had none: without them, deleting or merging a partner reads whole tables. */
export class ForeignKeys0012000000000 implements AdmittingMigration {
  readonly oldestBuild = 7;

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE INDEX billing_accounts_bill_to_partner_idx ON billing_accounts (bill_to_partner_id)
        WHERE bill_to_partner_id IS NOT NULL;
      CREATE INDEX cocp_notifications_partner_idx ON cocp_notifications (partner_id) WHERE partner_id IS NOT NULL;
      CREATE INDEX partners_of_record_partner_idx ON partners_of_record (partner_id);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP INDEX billing_accounts_bill_to_partner_idx, cocp_notifications_partner_idx, partners_of_record_partner_idx;
    `);
  }
}
