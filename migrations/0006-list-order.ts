import type { MigrationInterface, QueryRunner } from "typeorm";

const orders = {
  submitted_at: "submitted_at",
  expires_at: "expires_at",
  effective_date: "effective_date",
  updated_at: "updated_at",
  review_due_first: "coalesce(review_due_at, 'infinity')",
  review_due_last: "coalesce(review_due_at, '-infinity')",
};

/**
 * An index for each order that lists of records can have, for operations (all records), for the new partner and, but
 * for the review that is over by then, for the old one; and one each by status, for the records that wait for
 * somebody among many that are over. So a page costs the same at any depth of any number of records.
 */
export class ListOrder0006000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      "DROP INDEX cocp_records_submitted_at_idx, cocp_records_new_partner_id_submitted_at_idx, cocp_records_old_partner_id_submitted_at_idx",
    );
    for (const [name, key] of Object.entries(orders)) {
      await queryRunner.query(`CREATE INDEX cocp_records_by_${name}_idx ON cocp_records (${key}, id)`);
      await queryRunner.query(
        `CREATE INDEX cocp_records_new_by_${name}_idx ON cocp_records (new_partner_id, ${key}, id)`,
      );
      if (name.startsWith("review")) continue;
      await queryRunner.query(
        `CREATE INDEX cocp_records_old_by_${name}_idx ON cocp_records (old_partner_id, ${key}, id) WHERE approved_at IS NOT NULL`,
      );
    }
    await queryRunner.query(`
      CREATE INDEX cocp_records_by_status_idx ON cocp_records (status, submitted_at, id);
      CREATE INDEX cocp_records_new_by_status_idx ON cocp_records (new_partner_id, status, submitted_at, id)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query("DROP INDEX cocp_records_by_status_idx, cocp_records_new_by_status_idx");
    for (const name of Object.keys(orders)) {
      await queryRunner.query(`DROP INDEX cocp_records_by_${name}_idx, cocp_records_new_by_${name}_idx`);
      if (!name.startsWith("review")) await queryRunner.query(`DROP INDEX cocp_records_old_by_${name}_idx`);
    }
    await queryRunner.query(`
      CREATE INDEX cocp_records_new_partner_id_submitted_at_idx ON cocp_records (new_partner_id, submitted_at, id);
      CREATE INDEX cocp_records_old_partner_id_submitted_at_idx ON cocp_records (old_partner_id, submitted_at, id);
      CREATE INDEX cocp_records_submitted_at_idx ON cocp_records (submitted_at, id)`);
  }
}
