import { Check, Column, Entity, PrimaryColumn, Unique } from "typeorm";

/** A channel partner: reseller, software advisor or both. */
@Entity("partners")
@Unique("partners_pcn_key", ["pcn"])
@Check("partners_pcn_check", 'pcn = upper(btrim(pcn) COLLATE "C") AND char_length(pcn) BETWEEN 1 AND 32')
export class PartnerEntity {
  @PrimaryColumn({ type: "uuid", default: () => "gen_random_uuid()", primaryKeyConstraintName: "partners_pkey" })
  id: string;

  @Column({ type: "text" })
  pcn: string;

  @Column({ name: "organization_name", type: "text" })
  organizationName: string;

  /** May do business. */
  @Column({ type: "boolean" })
  allowed: boolean;

  @Column({ type: "boolean" })
  reseller: boolean;

  @Column({ name: "software_advisor", type: "boolean" })
  softwareAdvisor: boolean;

  @Column({ name: "enterprise_direct_support", type: "boolean" })
  enterpriseDirectSupport: boolean;

  /** Address for email about accounts that the partner loses. */
  @Column({ name: "notification_address", type: "text", nullable: true })
  notificationAddress: string | null;
}
