import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { CocpRequestEntity } from "./cocpRequestEntity";

/** A viewer's key of an initiation that succeeded: sent again, it gives the same request. */
@Entity("idempotency_keys")
@Index("idempotency_keys_request_id_idx", ["requestId"])
@Check("idempotency_keys_key_check", "char_length(key) BETWEEN 1 AND 255")
export class IdempotencyKeyEntity {
  @PrimaryColumn({ name: "viewer_email", type: "text", primaryKeyConstraintName: "idempotency_keys_pkey" })
  viewerEmail: string;

  @PrimaryColumn({ type: "text", primaryKeyConstraintName: "idempotency_keys_pkey" })
  key: string;

  /** SHA-256 of the input, to tell a repetition from a different request under the same key. */
  @Column({ type: "bytea" })
  fingerprint: Buffer;

  @ForeignKey(() => CocpRequestEntity, {
    name: "idempotency_keys_request_id_fkey",
    deferrable: "INITIALLY DEFERRED",
  })
  @Column({ name: "request_id", type: "text" })
  requestId: string;

  /** The warnings of the first answer, which a repetition gets again. */
  @Column({ type: "jsonb", default: () => "'[]'" })
  warnings: unknown;

  @Column({ name: "created_at", type: "timestamptz", precision: 3 })
  createdAt: Date;
}
