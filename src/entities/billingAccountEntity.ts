import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from "typeorm";
import { AgreementChannel, AgreementProgram, AgreementStatus } from "../domain/model";
import { oneOf } from "./checks";
import { CustomerEntity } from "./customerEntity";
import { PartnerEntity } from "./partnerEntity";

/** A billing account with its agreement and its partner of record. Dates are calendar dates in UTC. */
@Entity("billing_accounts")
@Unique("billing_accounts_account_number_key", ["accountNumber"])
@Index("billing_accounts_customer_id_idx", ["customerId"])
@Index("billing_accounts_partner_id_idx", ["partnerId"])
@Index("billing_accounts_bill_to_partner_idx", ["billToPartnerId"], { where: "bill_to_partner_id IS NOT NULL" })
@Check("billing_accounts_program_check", oneOf("program", AgreementProgram))
@Check("billing_accounts_agreement_status_check", oneOf("agreement_status", AgreementStatus))
@Check("billing_accounts_channel_check", oneOf("channel", AgreementChannel))
@Check("billing_accounts_dates_check", "start_date <= end_date")
export class BillingAccountEntity {
  @PrimaryColumn({
    type: "uuid",
    default: () => "gen_random_uuid()",
    primaryKeyConstraintName: "billing_accounts_pkey",
  })
  id: string;

  @Column({ name: "account_number", type: "text" })
  accountNumber: string;

  @Column({ name: "display_name", type: "text" })
  displayName: string;

  @ForeignKey(() => CustomerEntity, { name: "billing_accounts_customer_id_fkey" })
  @Column({ name: "customer_id", type: "uuid" })
  customerId: string;

  @Column({ type: "text" })
  program: AgreementProgram;

  @Column({ name: "agreement_status", type: "text" })
  agreementStatus: AgreementStatus;

  @Column({ type: "text" })
  channel: AgreementChannel;

  @Column({ name: "start_date", type: "date" })
  startDate: string;

  @Column({ name: "end_date", type: "date" })
  endDate: string;

  @Column({ name: "anniversary_date", type: "date" })
  anniversaryDate: string;

  /** The partner of record. */
  @ForeignKey(() => PartnerEntity, { name: "billing_accounts_partner_id_fkey" })
  @Column({ name: "partner_id", type: "uuid" })
  partnerId: string;

  /** Null: the customer itself. */
  @ForeignKey(() => PartnerEntity, { name: "billing_accounts_bill_to_partner_id_fkey" })
  @Column({ name: "bill_to_partner_id", type: "uuid", nullable: true })
  billToPartnerId: string | null;
}
