import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * The dated history of each account's partner of record. `billing_accounts.partner_id` stays as its last row: triggers
 * begin a history with each account, and add a row where somebody changes the partner without one.
 */
export class PartnerHistory0008000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE partners_of_record (
        billing_account_id uuid NOT NULL,
        from_date date NOT NULL,
        partner_id uuid NOT NULL
      );
      ${backfill}
      ALTER TABLE partners_of_record
        ADD CONSTRAINT partners_of_record_pkey PRIMARY KEY (billing_account_id, from_date),
        ADD CONSTRAINT partners_of_record_billing_account_id_fkey
          FOREIGN KEY (billing_account_id) REFERENCES billing_accounts (id),
        ADD CONSTRAINT partners_of_record_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners (id);
      ${triggers}
      CREATE INDEX cocp_records_before_approval_idx ON cocp_records (effective_date)
        WHERE status IN ('IN_PROGRESS', 'ACCEPTED', 'PENDING_MICROSOFT_REVIEW');
      ALTER TABLE idempotency_keys ADD COLUMN warnings jsonb NOT NULL DEFAULT '[]';
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE idempotency_keys DROP COLUMN warnings;
      DROP INDEX cocp_records_before_approval_idx;
      DROP TRIGGER partners_of_record_begin ON billing_accounts;
      DROP TRIGGER partners_of_record_follow ON billing_accounts;
      DROP FUNCTION partners_of_record_begin();
      DROP FUNCTION partners_of_record_follow();
      DROP TABLE partners_of_record;
    `);
  }
}

/** Today by the service's clock: the database's, plus what a sandbox moved it ahead. */
const today = `((clock_timestamp() + (SELECT offset_ms FROM sandbox_clock) * interval '1 millisecond')
  AT TIME ZONE 'UTC')::date`;

/**
 * One row without a beginning for each account: the old partner of its first completed record, else today's. One for
 * each completed record from its effective date; of two on one day the later one. One from today where today's
 * partner differs.
 */
const backfill = `
  CREATE TEMP TABLE completed ON COMMIT DROP AS
    SELECT DISTINCT ON (billing_account_id, effective_date) billing_account_id, effective_date, old_partner_id, new_partner_id
    FROM cocp_records WHERE status = 'COMPLETED'
    ORDER BY billing_account_id, effective_date, updated_at DESC, id DESC;
  INSERT INTO partners_of_record
    SELECT a.id, '-infinity', coalesce(first.old_partner_id, a.partner_id)
    FROM billing_accounts a LEFT JOIN (
      SELECT DISTINCT ON (billing_account_id) billing_account_id, old_partner_id FROM cocp_records
      WHERE status = 'COMPLETED' ORDER BY billing_account_id, effective_date, updated_at, id
    ) first ON first.billing_account_id = a.id;
  INSERT INTO partners_of_record SELECT billing_account_id, effective_date, new_partner_id FROM completed;
  CREATE TEMP TABLE moved ON COMMIT DROP AS
    SELECT a.id, a.partner_id FROM billing_accounts a JOIN (
      SELECT DISTINCT ON (billing_account_id) billing_account_id, new_partner_id FROM completed
      ORDER BY billing_account_id, effective_date DESC
    ) last ON last.billing_account_id = a.id WHERE last.new_partner_id <> a.partner_id;
  DELETE FROM partners_of_record h USING moved m WHERE h.billing_account_id = m.id AND h.from_date = ${today};
  INSERT INTO partners_of_record SELECT id, ${today}, partner_id FROM moved;`;

const triggers = `
  CREATE FUNCTION partners_of_record_begin() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO partners_of_record SELECT id, '-infinity', partner_id FROM added;
      RETURN NULL;
    END
  $$;
  CREATE TRIGGER partners_of_record_begin AFTER INSERT ON billing_accounts
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION partners_of_record_begin();
  CREATE FUNCTION partners_of_record_follow() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO partners_of_record (billing_account_id, from_date, partner_id)
        SELECT NEW.id, ${today}, NEW.partner_id WHERE NEW.partner_id IS DISTINCT FROM (
          SELECT partner_id FROM partners_of_record WHERE billing_account_id = NEW.id ORDER BY from_date DESC LIMIT 1)
        ON CONFLICT ON CONSTRAINT partners_of_record_pkey DO UPDATE SET partner_id = excluded.partner_id;
      RETURN NULL;
    END
  $$;
  CREATE TRIGGER partners_of_record_follow AFTER UPDATE OF partner_id ON billing_accounts FOR EACH ROW
    WHEN (OLD.partner_id IS DISTINCT FROM NEW.partner_id) EXECUTE FUNCTION partners_of_record_follow();`;
