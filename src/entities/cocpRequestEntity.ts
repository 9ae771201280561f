import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { CustomerEntity } from "./customerEntity";

/** A COCP package: what a customer signed once. */
@Entity("cocp_requests")
@Index("cocp_requests_customer_id_idx", ["customerId"])
@Check("cocp_requests_request_id_check", "request_id ~ '^COCP-[0-9A-Z]{4}-[0-9A-Z]{4}$'")
@Check("cocp_requests_dates_check", "submitted_at < respond_by AND respond_by <= expires_at")
export class CocpRequestEntity {
  /** The Request ID that people quote, such as COCP-7Q4M-K2XW. */
  @PrimaryColumn({ name: "request_id", type: "text", primaryKeyConstraintName: "cocp_requests_pkey" })
  requestId: string;

  @ForeignKey(() => CustomerEntity, { name: "cocp_requests_customer_id_fkey" })
  @Column({ name: "customer_id", type: "uuid" })
  customerId: string;

  @Column({ name: "submitted_at", type: "timestamptz", precision: 3 })
  submittedAt: Date;

  @Column({ name: "respond_by", type: "timestamptz", precision: 3 })
  respondBy: Date;

  @Column({ name: "expires_at", type: "timestamptz", precision: 3 })
  expiresAt: Date;

  /** Not read any more: the pause of resending counts per partner and contact (cocp_notifications.resent). */
  @Column({ name: "last_resent_at", type: "timestamptz", precision: 3, nullable: true })
  lastResentAt: Date | null;
}
