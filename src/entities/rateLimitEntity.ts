import { Column, Entity, PrimaryColumn } from "typeorm";

/**
 * What rate-limiter-flexible counts of a key, hashed, until `expire` in milliseconds since 1970. It is read by the
 * library.
 */
@Entity("rate_limits")
export class RateLimitEntity {
  @PrimaryColumn({ type: "varchar", length: 255, primaryKeyConstraintName: "rate_limits_pkey" })
  key: string;

  @Column({ type: "integer" })
  points: number;

  @Column({ type: "bigint", nullable: true })
  expire: string | null;
}
