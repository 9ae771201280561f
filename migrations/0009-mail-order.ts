import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Email goes out in order and by real time: the order in which notifications were written, when a worker first saw
 * and first tried each, whether it waits or is held. Invitations can be counted by recipient.
 */
export class MailOrder0009000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE cocp_notifications
        ADD COLUMN position bigint GENERATED ALWAYS AS IDENTITY,
        ADD COLUMN written_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        ADD COLUMN seen_at timestamptz(3),
        ADD COLUMN first_attempt_at timestamptz(3),
        ADD COLUMN held_at timestamptz(3),
        ADD COLUMN waits_until timestamptz(3),
        ADD COLUMN sending_by text,
        ADD COLUMN resent boolean NOT NULL DEFAULT false;
      UPDATE cocp_notifications SET
          written_at = least(created_at, written_at),
          seen_at = CASE WHEN attempts > 0 THEN least(created_at, written_at) END,
          first_attempt_at = CASE WHEN attempts > 0 THEN least(created_at, written_at) END
        WHERE state = 'QUEUED';
      CREATE INDEX cocp_notifications_held_idx ON cocp_notifications (position) WHERE held_at IS NOT NULL;
      CREATE INDEX cocp_notifications_invitations_idx ON cocp_notifications (lower(recipient COLLATE "C"), written_at)
        WHERE kind = 'INVITATION';
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP INDEX cocp_notifications_held_idx, cocp_notifications_invitations_idx;
      ALTER TABLE cocp_notifications
        DROP COLUMN position, DROP COLUMN written_at, DROP COLUMN seen_at, DROP COLUMN first_attempt_at,
        DROP COLUMN held_at, DROP COLUMN waits_until, DROP COLUMN sending_by, DROP COLUMN resent;
    `);
  }
}
