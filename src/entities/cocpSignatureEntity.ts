import { Check, Column, Entity, ForeignKey, PrimaryColumn } from "typeorm";
import { CocpRequestEntity } from "./cocpRequestEntity";

/** The signature of a request: who, when, and the version of the terms. */
@Entity("cocp_signatures")
@Check(
  "cocp_signatures_names_check",
  "char_length(first_name) BETWEEN 1 AND 100 AND char_length(last_name) BETWEEN 1 AND 100",
)
export class CocpSignatureEntity {
  @ForeignKey(() => CocpRequestEntity, { name: "cocp_signatures_request_id_fkey" })
  @PrimaryColumn({ name: "request_id", type: "text", primaryKeyConstraintName: "cocp_signatures_pkey" })
  requestId: string;

  @Column({ name: "first_name", type: "text" })
  firstName: string;

  @Column({ name: "last_name", type: "text" })
  lastName: string;

  /** E-mail address of the viewer who signed. */
  @Column({ name: "signed_by", type: "text" })
  signedBy: string;

  @Column({ name: "signed_at", type: "timestamptz", precision: 3 })
  signedAt: Date;

  /** Kind and edition of the text, such as CHANGE_OF_RESELLER/2026-11. */
  @Column({ name: "terms_version", type: "text" })
  termsVersion: string;
}
