import { Column, Entity, PrimaryColumn, Unique } from "typeorm";

/** An organization that holds Enterprise Agreements. */
@Entity("customers")
@Unique("customers_customer_number_key", ["customerNumber"])
export class CustomerEntity {
  @PrimaryColumn({ type: "uuid", default: () => "gen_random_uuid()", primaryKeyConstraintName: "customers_pkey" })
  id: string;

  @Column({ name: "customer_number", type: "text" })
  customerNumber: string;

  @Column({ type: "text" })
  name: string;
}
