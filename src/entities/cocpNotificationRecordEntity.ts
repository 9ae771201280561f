import { Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { CocpNotificationEntity } from "./cocpNotificationEntity";
import { CocpRecordEntity } from "./cocpRecordEntity";

/** A record that a notification is about. */
@Entity("cocp_notification_records")
@Index("cocp_notification_records_record_id_idx", ["recordId"])
export class CocpNotificationRecordEntity {
  @ForeignKey(() => CocpNotificationEntity, { name: "cocp_notification_records_notification_id_fkey" })
  @PrimaryColumn({
    name: "notification_id",
    type: "uuid",
    primaryKeyConstraintName: "cocp_notification_records_pkey",
  })
  notificationId: string;

  @ForeignKey(() => CocpRecordEntity, { name: "cocp_notification_records_record_id_fkey" })
  @PrimaryColumn({ name: "record_id", type: "uuid", primaryKeyConstraintName: "cocp_notification_records_pkey" })
  recordId: string;
}
