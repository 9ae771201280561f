import { Check, Column, Entity, PrimaryColumn } from "typeorm";

/** How far the sandbox's clock was moved ahead: one row for the whole installation. */
@Entity("sandbox_clock")
@Check("sandbox_clock_id_check", "id")
@Check("sandbox_clock_offset_ms_check", "offset_ms >= 0")
export class SandboxClockEntity {
  @PrimaryColumn({ type: "boolean", default: true, primaryKeyConstraintName: "sandbox_clock_pkey" })
  id: boolean;

  @Column({ name: "offset_ms", type: "bigint" })
  offsetMs: string;
}
