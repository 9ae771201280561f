import { Check, Entity, ForeignKey, PrimaryColumn } from "typeorm";
import { CocpRecordEntity } from "./cocpRecordEntity";

/** A reminder of a record that was written, by the day after submission that called for it: each once. */
@Entity("cocp_reminders")
@Check("cocp_reminders_day_check", "day > 0")
export class CocpReminderEntity {
  @ForeignKey(() => CocpRecordEntity, { name: "cocp_reminders_record_id_fkey" })
  @PrimaryColumn({ name: "record_id", type: "uuid", primaryKeyConstraintName: "cocp_reminders_pkey" })
  recordId: string;

  @PrimaryColumn({ type: "integer", primaryKeyConstraintName: "cocp_reminders_pkey" })
  day: number;
}
