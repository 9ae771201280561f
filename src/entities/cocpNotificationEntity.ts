import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from "typeorm";
import { CocpNotificationKind, CocpNotificationState, CocpParty } from "../domain/model";
import { oneOf } from "./checks";
import { CocpRequestEntity } from "./cocpRequestEntity";
import { PartnerEntity } from "./partnerEntity";

/** An email to one address, written in the transaction of the transition that it reports. */
@Entity("cocp_notifications")
@Unique("cocp_notifications_message_id_key", ["messageId"])
@Index("cocp_notifications_request_id_idx", ["requestId"])
@Index("cocp_notifications_partner_idx", ["partnerId"], { where: "partner_id IS NOT NULL" })
@Index("cocp_notifications_queued_idx", ["createdAt"], { where: "state = 'QUEUED'" })
@Index("cocp_notifications_created_at_state_idx", ["createdAt", "state"])
@Index("cocp_notifications_held_idx", ["position"], { where: "held_at IS NOT NULL" })
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

  /** See domain/mailContent.ts. Fixed when it is written. */
  @Column({ type: "jsonb" })
  content: object;

  @Column({ type: "text" })
  state: CocpNotificationState;

  @Column({ name: "suppressed_because", type: "text", nullable: true })
  suppressedBecause: string | null;

  @Column({ type: "integer", default: 0 })
  attempts: number;

  /** The last answer of the mail server that did not take it. */
  @Column({ name: "last_error", type: "text", nullable: true })
  lastError: string | null;

  /** The same in every attempt. */
  @Column({ name: "message_id", type: "text" })
  messageId: string;

  @Column({ name: "created_at", type: "timestamptz", precision: 3 })
  createdAt: Date;

  @Column({ name: "sent_at", type: "timestamptz", precision: 3, nullable: true })
  sentAt: Date | null;

  /** The order in which notifications were written: about one record, that of its events. */
  @Column({ type: "bigint", generated: "identity", generatedIdentity: "ALWAYS" })
  position: string;

  /** By the database's real clock, like all times below; a sandbox moves `createdAt` alone. */
  @Column({ name: "written_at", type: "timestamptz", precision: 3, default: () => "clock_timestamp()" })
  writtenAt: Date;

  /** When a worker first had it in hand, or when it was last released. */
  @Column({ name: "seen_at", type: "timestamptz", precision: 3, nullable: true })
  seenAt: Date | null;

  @Column({ name: "first_attempt_at", type: "timestamptz", precision: 3, nullable: true })
  firstAttemptAt: Date | null;

  /** Set while it waits for `changeover mail release`. */
  @Column({ name: "held_at", type: "timestamptz", precision: 3, nullable: true })
  heldAt: Date | null;

  /** Set while it waits for an earlier notification about the same record to the same recipient. */
  @Column({ name: "waits_until", type: "timestamptz", precision: 3, nullable: true })
  waitsUntil: Date | null;

  /** The worker that is sending it, by its id in graphile-worker. */
  @Column({ name: "sending_by", type: "text", nullable: true })
  sendingBy: string | null;

  /** The customer had this invitation sent again. */
  @Column({ type: "boolean", default: false })
  resent: boolean;
}
