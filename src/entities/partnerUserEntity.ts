import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { PartnerEntity } from "./partnerEntity";

/** A person who works for a partner organization. */
@Entity("partner_users")
@Index("partner_users_partner_id_idx", ["partnerId"])
@Check("partner_users_email_check", "email = lower(email)")
export class PartnerUserEntity {
  @PrimaryColumn({ type: "text", primaryKeyConstraintName: "partner_users_pkey" })
  email: string;

  @ForeignKey(() => PartnerEntity, { name: "partner_users_partner_id_fkey" })
  @Column({ name: "partner_id", type: "uuid" })
  partnerId: string;

  @Column({ name: "display_name", type: "text" })
  displayName: string;

  /** May accept and decline changes of channel partner. */
  @Column({ name: "can_respond", type: "boolean" })
  canRespond: boolean;
}
