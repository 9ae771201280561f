import type { MigrationInterface, QueryRunner } from "typeorm";

/** Requests, their records, signatures, event log, notifications and idempotency keys. */
export class Requests0002000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE cocp_requests (
        request_id text NOT NULL CONSTRAINT cocp_requests_pkey PRIMARY KEY
          CONSTRAINT cocp_requests_request_id_check CHECK (request_id ~ '^COCP-[0-9A-Z]{4}-[0-9A-Z]{4}$'),
        customer_id uuid NOT NULL CONSTRAINT cocp_requests_customer_id_fkey REFERENCES customers (id),
        submitted_at timestamptz(3) NOT NULL,
        respond_by timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        CONSTRAINT cocp_requests_dates_check CHECK (submitted_at < respond_by AND respond_by <= expires_at)
      );
      CREATE INDEX cocp_requests_customer_id_idx ON cocp_requests (customer_id);

      CREATE TABLE cocp_signatures (
        request_id text NOT NULL CONSTRAINT cocp_signatures_pkey PRIMARY KEY
          CONSTRAINT cocp_signatures_request_id_fkey REFERENCES cocp_requests (request_id),
        first_name text NOT NULL,
        last_name text NOT NULL,
        signed_by text NOT NULL,
        signed_at timestamptz(3) NOT NULL,
        terms_version text NOT NULL,
        CONSTRAINT cocp_signatures_names_check
          CHECK (char_length(first_name) BETWEEN 1 AND 100 AND char_length(last_name) BETWEEN 1 AND 100)
      );

      CREATE TABLE cocp_records (
        id uuid NOT NULL CONSTRAINT cocp_records_pkey PRIMARY KEY,
        request_id text NOT NULL CONSTRAINT cocp_records_request_id_fkey REFERENCES cocp_requests (request_id),
        billing_account_id uuid NOT NULL
          CONSTRAINT cocp_records_billing_account_id_fkey REFERENCES billing_accounts (id),
        old_partner_id uuid NOT NULL CONSTRAINT cocp_records_old_partner_id_fkey REFERENCES partners (id),
        new_partner_id uuid NOT NULL CONSTRAINT cocp_records_new_partner_id_fkey REFERENCES partners (id),
        status text NOT NULL CONSTRAINT cocp_records_status_check CHECK (status IN (
          'IN_PROGRESS', 'ACCEPTED', 'DECLINED', 'PENDING_MICROSOFT_REVIEW', 'IN_GRACE_PERIOD',
          'CANCELLATION_IN_PROGRESS', 'CANCELED', 'EXPIRED', 'COMPLETED')),
        contact text NOT NULL,
        contact_verification text NOT NULL CONSTRAINT cocp_records_contact_verification_check
          CHECK (contact_verification IN ('VERIFIED', 'CANNOT_RESPOND', 'UNVERIFIED')),
        reason text NOT NULL CONSTRAINT cocp_records_reason_check
          CHECK (reason IN ('UNSATISFACTORY_SERVICE', 'PARTNER_BEING_OFFBOARDED', 'OTHER')),
        reason_note text CONSTRAINT cocp_records_reason_note_check CHECK (char_length(reason_note) <= 1000),
        submitted_at timestamptz(3) NOT NULL,
        respond_by timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        effective_date date NOT NULL,
        early_cocp_case_number text,
        responded_at timestamptz(3),
        review_due_at timestamptz(3),
        approved_at timestamptz(3),
        closed_by text CONSTRAINT cocp_records_closed_by_check
          CHECK (closed_by IN ('CUSTOMER', 'NEW_PARTNER', 'OLD_PARTNER', 'OPERATIONS', 'SYSTEM')),
        closing_note text,
        updated_at timestamptz(3) NOT NULL,
        version integer NOT NULL,
        CONSTRAINT cocp_records_request_id_billing_account_id_key UNIQUE (request_id, billing_account_id),
        CONSTRAINT cocp_records_partners_check CHECK (old_partner_id <> new_partner_id),
        CONSTRAINT cocp_records_closed_check CHECK ((closed_by IS NULL) = (status IN (
          'IN_PROGRESS', 'ACCEPTED', 'PENDING_MICROSOFT_REVIEW', 'IN_GRACE_PERIOD', 'CANCELLATION_IN_PROGRESS')))
      );
      CREATE UNIQUE INDEX cocp_records_one_open_an_account ON cocp_records (billing_account_id) WHERE status IN (
        'IN_PROGRESS', 'ACCEPTED', 'PENDING_MICROSOFT_REVIEW', 'IN_GRACE_PERIOD', 'CANCELLATION_IN_PROGRESS');
      CREATE INDEX cocp_records_billing_account_id_idx ON cocp_records (billing_account_id);
      CREATE INDEX cocp_records_new_partner_id_submitted_at_idx ON cocp_records (new_partner_id, submitted_at, id);
      CREATE INDEX cocp_records_old_partner_id_submitted_at_idx ON cocp_records (old_partner_id, submitted_at, id);
      CREATE INDEX cocp_records_submitted_at_idx ON cocp_records (submitted_at, id);
      CREATE INDEX cocp_records_expiring_idx ON cocp_records (expires_at, request_id) WHERE status = 'IN_PROGRESS';
      CREATE INDEX cocp_records_completing_idx ON cocp_records (effective_date, request_id) WHERE status = 'IN_GRACE_PERIOD';

      CREATE TABLE cocp_events (
        id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT cocp_events_pkey PRIMARY KEY,
        position bigint GENERATED ALWAYS AS IDENTITY NOT NULL CONSTRAINT cocp_events_position_key UNIQUE,
        transaction_id bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
        record_id uuid NOT NULL CONSTRAINT cocp_events_record_id_fkey REFERENCES cocp_records (id),
        sequence integer NOT NULL,
        type text NOT NULL CONSTRAINT cocp_events_type_check CHECK (type IN (
          'INITIATED', 'ACCEPTED', 'DECLINED', 'CANCELLATION_REQUESTED', 'CANCELED', 'EXPIRED', 'REVIEW_STARTED',
          'APPROVED', 'REFUSED', 'COMPLETED', 'EFFECTIVE_DATE_AMENDED', 'NOTIFICATION_CONTACT_UPDATED')),
        occurred_at timestamptz(3) NOT NULL,
        actor text NOT NULL CONSTRAINT cocp_events_actor_check
          CHECK (actor IN ('CUSTOMER', 'NEW_PARTNER', 'OLD_PARTNER', 'OPERATIONS', 'SYSTEM')),
        actor_email text,
        previous_status text CONSTRAINT cocp_events_previous_status_check CHECK (previous_status IN (
          'IN_PROGRESS', 'ACCEPTED', 'DECLINED', 'PENDING_MICROSOFT_REVIEW', 'IN_GRACE_PERIOD',
          'CANCELLATION_IN_PROGRESS', 'CANCELED', 'EXPIRED', 'COMPLETED')),
        status text NOT NULL CONSTRAINT cocp_events_status_check CHECK (status IN (
          'IN_PROGRESS', 'ACCEPTED', 'DECLINED', 'PENDING_MICROSOFT_REVIEW', 'IN_GRACE_PERIOD',
          'CANCELLATION_IN_PROGRESS', 'CANCELED', 'EXPIRED', 'COMPLETED')),
        effective_date date NOT NULL,
        facts jsonb NOT NULL,
        request_id text NOT NULL,
        billing_account_id uuid NOT NULL,
        new_partner_id uuid NOT NULL,
        old_partner_id uuid,
        CONSTRAINT cocp_events_record_id_sequence_key UNIQUE (record_id, sequence)
      );
      CREATE INDEX cocp_events_feed_idx ON cocp_events (transaction_id, position);
      CREATE FUNCTION cocp_events_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'cocp_events is a log: its rows are never changed or deleted';
        END
      $$;
      CREATE TRIGGER cocp_events_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON cocp_events
        FOR EACH STATEMENT EXECUTE FUNCTION cocp_events_are_final();

      CREATE TABLE cocp_notifications (
        id uuid NOT NULL CONSTRAINT cocp_notifications_pkey PRIMARY KEY,
        kind text NOT NULL CONSTRAINT cocp_notifications_kind_check CHECK (kind IN (
          'INVITATION', 'REMINDER', 'ACCEPTED', 'DECLINED', 'CANCELED', 'EXPIRED', 'REFUSED', 'APPROVED',
          'EFFECTIVE_DATE_AMENDED', 'COMPLETED')),
        request_id text NOT NULL CONSTRAINT cocp_notifications_request_id_fkey REFERENCES cocp_requests (request_id),
        recipient_party text NOT NULL CONSTRAINT cocp_notifications_recipient_party_check
          CHECK (recipient_party IN ('CUSTOMER', 'NEW_PARTNER', 'OLD_PARTNER', 'OPERATIONS', 'SYSTEM')),
        partner_id uuid CONSTRAINT cocp_notifications_partner_id_fkey REFERENCES partners (id),
        recipient text NOT NULL,
        content jsonb NOT NULL,
        state text NOT NULL CONSTRAINT cocp_notifications_state_check
          CHECK (state IN ('QUEUED', 'SENT', 'FAILED', 'SUPPRESSED')),
        suppressed_because text,
        attempts integer NOT NULL DEFAULT 0,
        last_error text,
        message_id text NOT NULL CONSTRAINT cocp_notifications_message_id_key UNIQUE,
        created_at timestamptz(3) NOT NULL,
        sent_at timestamptz(3),
        CONSTRAINT cocp_notifications_sent_check CHECK ((state = 'SENT') = (sent_at IS NOT NULL)),
        CONSTRAINT cocp_notifications_suppressed_check
          CHECK ((state = 'SUPPRESSED') = (suppressed_because IS NOT NULL))
      );
      CREATE INDEX cocp_notifications_request_id_idx ON cocp_notifications (request_id);
      CREATE INDEX cocp_notifications_queued_idx ON cocp_notifications (created_at) WHERE state = 'QUEUED';

      CREATE TABLE cocp_notification_records (
        notification_id uuid NOT NULL CONSTRAINT cocp_notification_records_notification_id_fkey
          REFERENCES cocp_notifications (id),
        record_id uuid NOT NULL CONSTRAINT cocp_notification_records_record_id_fkey REFERENCES cocp_records (id),
        CONSTRAINT cocp_notification_records_pkey PRIMARY KEY (notification_id, record_id)
      );
      CREATE INDEX cocp_notification_records_record_id_idx ON cocp_notification_records (record_id);

      CREATE TABLE idempotency_keys (
        viewer_email text NOT NULL,
        key text NOT NULL CONSTRAINT idempotency_keys_key_check CHECK (char_length(key) BETWEEN 1 AND 255),
        fingerprint bytea NOT NULL,
        request_id text NOT NULL CONSTRAINT idempotency_keys_request_id_fkey
          REFERENCES cocp_requests (request_id) DEFERRABLE INITIALLY DEFERRED,
        created_at timestamptz(3) NOT NULL,
        CONSTRAINT idempotency_keys_pkey PRIMARY KEY (viewer_email, key)
      );
      CREATE INDEX idempotency_keys_request_id_idx ON idempotency_keys (request_id);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE idempotency_keys, cocp_notification_records, cocp_notifications, cocp_events, cocp_records,
        cocp_signatures, cocp_requests;
      DROP FUNCTION cocp_events_are_final();
    `);
  }
}
