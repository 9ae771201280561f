import { Column, Entity, PrimaryColumn } from "typeorm";

/**
 * Counts of rate-limiter-flexible by hashed key, until `expire` (milliseconds since 1970). Only the library reads
 * them.
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
