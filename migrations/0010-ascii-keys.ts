import type { QueryRunner } from "typeorm";
import type { AdmittingMigration } from "../src/db/postgres/databaseVersion";

/** The key of a partner folds ASCII letters and nothing else. Every key that the check before took is one. */
export class AsciiKeys0010000000000 implements AdmittingMigration {
  readonly oldestBuild = 7;

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE partners
        DROP CONSTRAINT partners_pcn_check,
        ADD CONSTRAINT partners_pcn_check
          CHECK (pcn = upper(btrim(pcn) COLLATE "C") AND char_length(pcn) BETWEEN 1 AND 32);
    `);
  }

  /** Keys with small letters beyond ASCII, which only the new check takes, stay. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE partners
        DROP CONSTRAINT partners_pcn_check,
        ADD CONSTRAINT partners_pcn_check
          CHECK (pcn = upper(btrim(pcn)) AND char_length(pcn) BETWEEN 1 AND 32) NOT VALID;
    `);
  }
}
