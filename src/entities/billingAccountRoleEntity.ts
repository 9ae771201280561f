import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { BillingAccountRole } from "../domain/model";
import { BillingAccountEntity } from "./billingAccountEntity";
import { oneOf } from "./checks";

/** The role of a person on a billing account. */
@Entity("billing_account_roles")
@Index("billing_account_roles_billing_account_id_idx", ["billingAccountId"])
@Check("billing_account_roles_email_check", "email = lower(email)")
@Check("billing_account_roles_role_check", oneOf("role", BillingAccountRole))
export class BillingAccountRoleEntity {
  @PrimaryColumn({ type: "text", primaryKeyConstraintName: "billing_account_roles_pkey" })
  email: string;

  @ForeignKey(() => BillingAccountEntity, { name: "billing_account_roles_billing_account_id_fkey" })
  @PrimaryColumn({
    name: "billing_account_id",
    type: "uuid",
    primaryKeyConstraintName: "billing_account_roles_pkey",
  })
  billingAccountId: string;

  @Column({ type: "text" })
  role: BillingAccountRole;
}
