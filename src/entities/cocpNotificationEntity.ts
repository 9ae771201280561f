import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from "typeorm";
import { CocpNotificationKind, CocpNotificationState, CocpParty } from "../domain/model";
import { oneOf } from "./checks";
import { CocpRequestEntity } from "./cocpRequestEntity";
import { PartnerEntity } from "./partnerEntity";

/** A mail to one address, written in the transaction of the transition that it tells of. */
@Entity("cocp_notifications")
@Unique("cocp_notifications_message_id_key", ["messageId"])
@Index("cocp_notifications_request_id_idx", ["requestId"])
@Index("cocp_notifications_queued_idx", ["createdAt"], { where: "state = 'QUEUED'" })
@Index("cocp_notifications_created_at_state_idx", ["createdAt", "state"])
@Check("cocp_notifications_kind_check", oneOf("kind", CocpNotificationKind))
@Check("cocp_notifications_recipient_party_check", oneOf("recipient_party", CocpParty))
@Check("cocp_notifications_state_check", oneOf("state", CocpNotificationState))
@Check("cocp_notifications_sent_check", "(state = 'SENT') = (sent_at IS NOT NULL)")
@Check("cocp_notifications_suppressed_check", "(state = 'SUPPRESSED') = (suppressed_because IS NOT NULL)")
export class CocpNotificationEntity {
  @PrimaryColumn({ type: "uuid", primaryKeyConstraintName: "cocp_notifications_pkey" })
  id: string;

  @Column({ type: "text" })
  kind: CocpNotificationKind;

  @ForeignKey(() => CocpRequestEntity, { name: "cocp_notifications_request_id_fkey" })
  @Column({ name: "request_id", type: "text" })
  requestId: string;

  @Column({ name: "recipient_party", type: "text" })
  recipientParty: CocpParty;

  /** The partner that is addressed; null for the customer. */
  @ForeignKey(() => PartnerEntity, { name: "cocp_notifications_partner_id_fkey" })
  @Column({ name: "partner_id", type: "uuid", nullable: true })
  partnerId: string | null;

  @Column({ type: "text" })
  recipient: string;

  /** What the mail says: see domain/mailContent.ts. Fixed, so that a repeated mail is the same mail. */
  @Column({ type: "jsonb" })
  content: object;

  @Column({ type: "text" })
  state: CocpNotificationState;

  @Column({ name: "suppressed_because", type: "text", nullable: true })
  suppressedBecause: string | null;

  @Column({ type: "integer", default: 0 })
  attempts: number;

  /** What the mail server said last, when it refused. */
  @Column({ name: "last_error", type: "text", nullable: true })
  lastError: string | null;

  /** The same in every attempt. */
  @Column({ name: "message_id", type: "text" })
  messageId: string;

  @Column({ name: "created_at", type: "timestamptz", precision: 3 })
  createdAt: Date;

  @Column({ name: "sent_at", type: "timestamptz", precision: 3, nullable: true })
  sentAt: Date | null;
}
