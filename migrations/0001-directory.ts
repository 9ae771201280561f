import type { MigrationInterface, QueryRunner } from "typeorm";

/** Customers, partners, billing accounts with their agreements, and who is what on them. */
export class Directory0001000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE customers (
        id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT customers_pkey PRIMARY KEY,
        customer_number text NOT NULL CONSTRAINT customers_customer_number_key UNIQUE,
        name text NOT NULL
      );

      CREATE TABLE partners (
        id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT partners_pkey PRIMARY KEY,
        pcn text NOT NULL CONSTRAINT partners_pcn_key UNIQUE
          CONSTRAINT partners_pcn_check CHECK (pcn = upper(btrim(pcn)) AND char_length(pcn) BETWEEN 1 AND 32),
        organization_name text NOT NULL,
        allowed boolean NOT NULL,
        reseller boolean NOT NULL,
        software_advisor boolean NOT NULL,
        enterprise_direct_support boolean NOT NULL,
        notification_address text
      );

      CREATE TABLE partner_users (
        email text NOT NULL CONSTRAINT partner_users_pkey PRIMARY KEY
          CONSTRAINT partner_users_email_check CHECK (email = lower(email)),
        partner_id uuid NOT NULL CONSTRAINT partner_users_partner_id_fkey REFERENCES partners (id),
        display_name text NOT NULL,
        can_respond boolean NOT NULL
      );
      CREATE INDEX partner_users_partner_id_idx ON partner_users (partner_id);

      CREATE TABLE billing_accounts (
        id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT billing_accounts_pkey PRIMARY KEY,
        account_number text NOT NULL CONSTRAINT billing_accounts_account_number_key UNIQUE,
        display_name text NOT NULL,
        customer_id uuid NOT NULL CONSTRAINT billing_accounts_customer_id_fkey REFERENCES customers (id),
        program text NOT NULL CONSTRAINT billing_accounts_program_check CHECK (program IN (
          'ENTERPRISE_AGREEMENT', 'ENTERPRISE_AGREEMENT_SUBSCRIPTION', 'SELECT', 'SELECT_PLUS', 'OPEN_VALUE',
          'OPEN_VALUE_SUBSCRIPTION', 'EDUCATION', 'SPLA', 'ISV_ROYALTY', 'MPSA', 'OPEN_LICENSE')),
        agreement_status text NOT NULL
          CONSTRAINT billing_accounts_agreement_status_check CHECK (agreement_status IN ('ACTIVE', 'EXPIRED', 'ENDED')),
        channel text NOT NULL
          CONSTRAINT billing_accounts_channel_check CHECK (channel IN ('DIRECT', 'INDIRECT')),
        start_date date NOT NULL,
        end_date date NOT NULL,
        anniversary_date date NOT NULL,
        partner_id uuid NOT NULL CONSTRAINT billing_accounts_partner_id_fkey REFERENCES partners (id),
        bill_to_partner_id uuid CONSTRAINT billing_accounts_bill_to_partner_id_fkey REFERENCES partners (id),
        CONSTRAINT billing_accounts_dates_check CHECK (start_date <= end_date)
      );
      CREATE INDEX billing_accounts_customer_id_idx ON billing_accounts (customer_id);
      CREATE INDEX billing_accounts_partner_id_idx ON billing_accounts (partner_id);

      CREATE TABLE billing_account_roles (
        email text NOT NULL CONSTRAINT billing_account_roles_email_check CHECK (email = lower(email)),
        billing_account_id uuid NOT NULL
          CONSTRAINT billing_account_roles_billing_account_id_fkey REFERENCES billing_accounts (id),
        role text NOT NULL CONSTRAINT billing_account_roles_role_check
          CHECK (role IN ('ENTERPRISE_ADMIN', 'ENTERPRISE_ADMIN_READ_ONLY')),
        CONSTRAINT billing_account_roles_pkey PRIMARY KEY (email, billing_account_id)
      );
      CREATE INDEX billing_account_roles_billing_account_id_idx ON billing_account_roles (billing_account_id);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE billing_account_roles, billing_accounts, partner_users, partners, customers;
    `);
  }
}
