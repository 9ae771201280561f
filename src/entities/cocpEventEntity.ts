import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from "typeorm";
import { CocpEventType, CocpParty, CocpStatus } from "../domain/model";
import { oneOf } from "./checks";
import { CocpRecordEntity } from "./cocpRecordEntity";

/**
 * The event log: one row for each thing that happened to a record; a trigger refuses to change or delete one.
 * Read in (transactionId, position) order below every transaction still running.
 */
@Entity("cocp_events")
@Unique("cocp_events_position_key", ["position"])
@Unique("cocp_events_record_id_sequence_key", ["recordId", "sequence"])
@Index("cocp_events_feed_idx", ["transactionId", "position"])
@Index("cocp_events_new_partner_feed_idx", ["newPartnerId", "transactionId", "position"])
@Index("cocp_events_old_partner_feed_idx", ["oldPartnerId", "transactionId", "position"], {
  where: "old_partner_id IS NOT NULL",
})
@Index("cocp_events_account_feed_idx", ["billingAccountId", "transactionId", "position"])
@Index("cocp_events_request_feed_idx", ["requestId", "transactionId", "position"])
@Check("cocp_events_type_check", oneOf("type", CocpEventType))
@Check("cocp_events_actor_check", oneOf("actor", CocpParty))
@Check("cocp_events_previous_status_check", oneOf("previous_status", CocpStatus))
@Check("cocp_events_status_check", oneOf("status", CocpStatus))
export class CocpEventEntity {
  @PrimaryColumn({ type: "uuid", default: () => "gen_random_uuid()", primaryKeyConstraintName: "cocp_events_pkey" })
  id: string;

  @Column({ type: "bigint", generated: "identity", generatedIdentity: "ALWAYS" })
  position: string;

  /** The transaction that wrote it. */
  @Column({ name: "transaction_id", type: "bigint", default: () => "((pg_current_xact_id())::text)::bigint" })
  transactionId: string;

  @ForeignKey(() => CocpRecordEntity, { name: "cocp_events_record_id_fkey" })
  @Column({ name: "record_id", type: "uuid" })
  recordId: string;

  /** 1 for the record's first event. */
  @Column({ type: "integer" })
  sequence: number;

  @Column({ type: "text" })
  type: CocpEventType;

  @Column({ name: "occurred_at", type: "timestamptz", precision: 3 })
  occurredAt: Date;

  @Column({ type: "text" })
  actor: CocpParty;

  @Column({ name: "actor_email", type: "text", nullable: true })
  actorEmail: string | null;

  @Column({ name: "previous_status", type: "text", nullable: true })
  previousStatus: CocpStatus | null;

  @Column({ type: "text" })
  status: CocpStatus;

  @Column({ name: "effective_date", type: "date" })
  effectiveDate: string;

  /** Facts of this type of event: see domain/events.ts. */
  @Column({ type: "jsonb" })
  facts: object;

  @Column({ name: "request_id", type: "text" })
  requestId: string;

  @Column({ name: "billing_account_id", type: "uuid" })
  billingAccountId: string;

  @Column({ name: "new_partner_id", type: "uuid" })
  newPartnerId: string;

  /** The old partner, on the events that it may see; null before. */
  @Column({ name: "old_partner_id", type: "uuid", nullable: true })
  oldPartnerId: string | null;
}
