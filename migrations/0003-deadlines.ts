import type { MigrationInterface, QueryRunner } from "typeorm";

/** Reminders that were sent, when an invitation was last resent, and the sandbox's clock. */
export class Deadlines0003000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE cocp_reminders (
        record_id uuid NOT NULL CONSTRAINT cocp_reminders_record_id_fkey REFERENCES cocp_records (id),
        day integer NOT NULL CONSTRAINT cocp_reminders_day_check CHECK (day > 0),
        CONSTRAINT cocp_reminders_pkey PRIMARY KEY (record_id, day)
      );
      CREATE INDEX cocp_records_unanswered_idx ON cocp_records (submitted_at) WHERE status = 'IN_PROGRESS';

      ALTER TABLE cocp_requests ADD COLUMN last_resent_at timestamptz(3);

      CREATE TABLE sandbox_clock (
        id boolean NOT NULL DEFAULT true CONSTRAINT sandbox_clock_pkey PRIMARY KEY
          CONSTRAINT sandbox_clock_id_check CHECK (id),
        offset_ms bigint NOT NULL CONSTRAINT sandbox_clock_offset_ms_check CHECK (offset_ms >= 0)
      );
      INSERT INTO sandbox_clock (offset_ms) VALUES (0);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE sandbox_clock, cocp_reminders;
      DROP INDEX cocp_records_unanswered_idx;
      ALTER TABLE cocp_requests DROP COLUMN last_resent_at;
    `);
  }
}
