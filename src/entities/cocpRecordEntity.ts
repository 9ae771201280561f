import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from "typeorm";
import {
  CocpParty,
  CocpReason,
  CocpStatus,
  ContactVerification,
  openStatuses,
  statusesBeforeApproval,
} from "../domain/model";
import type { CocpRecord } from "../domain/record";
import { BillingAccountEntity } from "./billingAccountEntity";
import { oneOf } from "./checks";
import { CocpRequestEntity } from "./cocpRequestEntity";
import { PartnerEntity } from "./partnerEntity";

/**
 * An index for each order that lists can have. Those by the review's date are on an expression, which TypeORM can't
 * declare: see the migration.
 */
function ListIndexes(target: Function): void {
  const orders = {
    submittedAt: "submitted_at",
    expiresAt: "expires_at",
    effectiveDate: "effective_date",
    updatedAt: "updated_at",
  };
  for (const [property, name] of Object.entries(orders)) {
    Index(`cocp_records_by_${name}_idx`, [property, "id"])(target);
    Index(`cocp_records_new_by_${name}_idx`, ["newPartnerId", property, "id"])(target);
    Index(`cocp_records_old_by_${name}_idx`, ["oldPartnerId", property, "id"], { where: "approved_at IS NOT NULL" })(
      target,
    );
  }
}

/** One billing account of a request. Status lives here; the row is the fold of the record's events. */
@Entity("cocp_records")
@Unique("cocp_records_request_id_billing_account_id_key", ["requestId", "billingAccountId"])
@Index("cocp_records_one_open_an_account", ["billingAccountId"], { unique: true, where: oneOf("status", openStatuses) })
@Index("cocp_records_billing_account_id_idx", ["billingAccountId"])
@ListIndexes
@Index("cocp_records_by_status_idx", ["status", "submittedAt", "id"])
@Index("cocp_records_new_by_status_idx", ["newPartnerId", "status", "submittedAt", "id"])
@Index("cocp_records_expiring_idx", ["expiresAt", "requestId"], { where: "status = 'IN_PROGRESS'" })
@Index("cocp_records_unanswered_idx", ["submittedAt"], { where: "status = 'IN_PROGRESS'" })
@Index("cocp_records_before_approval_idx", ["effectiveDate"], { where: oneOf("status", statusesBeforeApproval) })
@Index("cocp_records_completing_idx", ["effectiveDate", "requestId"], { where: "status = 'IN_GRACE_PERIOD'" })
@Check("cocp_records_status_check", oneOf("status", CocpStatus))
@Check("cocp_records_contact_verification_check", oneOf("contact_verification", ContactVerification))
@Check("cocp_records_reason_check", oneOf("reason", CocpReason))
@Check("cocp_records_closed_by_check", oneOf("closed_by", CocpParty))
@Check("cocp_records_reason_note_check", "char_length(reason_note) <= 1000")
@Check("cocp_records_partners_check", "old_partner_id <> new_partner_id")
@Check("cocp_records_closed_check", `(closed_by IS NULL) = (${oneOf("status", openStatuses)})`)
export class CocpRecordEntity implements CocpRecord {
  @PrimaryColumn({ type: "uuid", primaryKeyConstraintName: "cocp_records_pkey" })
  id: string;

  @ForeignKey(() => CocpRequestEntity, { name: "cocp_records_request_id_fkey" })
  @Column({ name: "request_id", type: "text" })
  requestId: string;

  @ForeignKey(() => BillingAccountEntity, { name: "cocp_records_billing_account_id_fkey" })
  @Column({ name: "billing_account_id", type: "uuid" })
  billingAccountId: string;

  @ForeignKey(() => PartnerEntity, { name: "cocp_records_old_partner_id_fkey" })
  @Column({ name: "old_partner_id", type: "uuid" })
  oldPartnerId: string;

  @ForeignKey(() => PartnerEntity, { name: "cocp_records_new_partner_id_fkey" })
  @Column({ name: "new_partner_id", type: "uuid" })
  newPartnerId: string;

  @Column({ type: "text" })
  status: CocpStatus;

  @Column({ type: "text" })
  contact: string;

  @Column({ name: "contact_verification", type: "text" })
  contactVerification: ContactVerification;

  @Column({ type: "text" })
  reason: CocpReason;

  @Column({ name: "reason_note", type: "text", nullable: true })
  reasonNote: string | null;

  @Column({ name: "submitted_at", type: "timestamptz", precision: 3 })
  submittedAt: Date;

  @Column({ name: "respond_by", type: "timestamptz", precision: 3 })
  respondBy: Date;

  @Column({ name: "expires_at", type: "timestamptz", precision: 3 })
  expiresAt: Date;

  @Column({ name: "effective_date", type: "date" })
  effectiveDate: string;

  @Column({ name: "early_cocp_case_number", type: "text", nullable: true })
  earlyCocpCaseNumber: string | null;

  @Column({ name: "responded_at", type: "timestamptz", precision: 3, nullable: true })
  respondedAt: Date | null;

  @Column({ name: "review_due_at", type: "timestamptz", precision: 3, nullable: true })
  reviewDueAt: Date | null;

  @Column({ name: "approved_at", type: "timestamptz", precision: 3, nullable: true })
  approvedAt: Date | null;

  @Column({ name: "closed_by", type: "text", nullable: true })
  closedBy: CocpParty | null;

  @Column({ name: "closing_note", type: "text", nullable: true })
  closingNote: string | null;

  @Column({ name: "updated_at", type: "timestamptz", precision: 3 })
  updatedAt: Date;

  /** The number of the record's events; guards every UPDATE. */
  @Column({ type: "integer" })
  version: number;
}
