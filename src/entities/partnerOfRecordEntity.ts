import { Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { BillingAccountEntity } from "./billingAccountEntity";
import { PartnerEntity } from "./partnerEntity";

/** From which day on an account has a partner of record. The first row of each account begins at '-infinity'. */
@Index("partners_of_record_partner_idx", ["partnerId"])
@Entity("partners_of_record")
export class PartnerOfRecordEntity {
  @ForeignKey(() => BillingAccountEntity, { name: "partners_of_record_billing_account_id_fkey" })
  @PrimaryColumn({ name: "billing_account_id", type: "uuid", primaryKeyConstraintName: "partners_of_record_pkey" })
  billingAccountId: string;

  /** UTC. */
  @PrimaryColumn({ name: "from_date", type: "date", primaryKeyConstraintName: "partners_of_record_pkey" })
  fromDate: string;

  @ForeignKey(() => PartnerEntity, { name: "partners_of_record_partner_id_fkey" })
  @Column({ name: "partner_id", type: "uuid" })
  partnerId: string;
}
