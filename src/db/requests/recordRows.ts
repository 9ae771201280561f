import type { EntityManager } from "typeorm";
import type { AgreementChannel, Viewer } from "../../domain/model";
import type { CocpRecord, RecordFacts, Standing } from "../../domain/record";
import { CocpRecordEntity } from "../../entities/cocpRecordEntity";
import { presentVerification } from "../directory/contactVerification";
import { jsonColumnsOf, JsonShape, plain, selectJson, type JsonColumns } from "../postgres/jsonRows";
import { raw, sql, type Sql } from "../postgres/sql";
import { seesAsAdmin, visibleRecords } from "../tenancy";

/** A record with all that is read along with it. */
export interface RecordRow extends CocpRecord, Standing {
  /** Whether the viewer is Enterprise Administrator of the account. */
  readonly isAccountAdmin: boolean;
  readonly accountNumber: string;
  readonly accountDisplayName: string;
  readonly accountChannel: AgreementChannel;
  /** The partner that the account leaves, and the one that it goes to. */
  readonly oldPcn: string;
  readonly oldName: string;
  readonly oldReseller: boolean;
  readonly oldAdvisor: boolean;
  readonly newPcn: string;
  readonly newName: string;
  readonly newReseller: boolean;
  readonly newAdvisor: boolean;
}

export type RecordColumn = keyof RecordRow;

/** The columns that rules need. They are always read. */
type RuledRow = RecordFacts & Standing & Pick<RecordRow, "isAccountAdmin">;

/** A record with the columns of the rules and the selected ones. */
export type PartialRow = RuledRow & Partial<RecordRow>;

/** The value of a selected column. Throws when it was not selected. */
export function loaded<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("A column was not read");
  return value;
}

/** Joins of queries on records: the account `a` and the new partner `np` of record `r`. */
export const standingJoins = sql`JOIN billing_accounts a ON a.id = r.billing_account_id
  JOIN partners np ON np.id = r.new_partner_id`;

/** The old partner `op` of record `r`. */
const oldPartnerJoin = sql`JOIN partners op ON op.id = r.old_partner_id`;

const always: Readonly<Record<keyof RuledRow, true>> = {
  id: true,
  oldPartnerId: true,
  newPartnerId: true,
  status: true,
  expiresAt: true,
  effectiveDate: true,
  approvedAt: true,
  updatedAt: true,
  version: true,
  agreementStatus: true,
  agreementEndDate: true,
  newPartnerAllowed: true,
  isAccountAdmin: true,
};

const oldPartner = {
  oldPcn: plain(raw("op.pcn")),
  oldName: plain(raw("op.organization_name")),
  oldReseller: plain(raw("op.reseller")),
  oldAdvisor: plain(raw("op.software_advisor")),
};

const columns: JsonColumns = {
  ...jsonColumnsOf(CocpRecordEntity, "r"),
  contactVerification: plain(presentVerification),
  agreementStatus: plain(raw("a.agreement_status")),
  agreementEndDate: plain(raw("a.end_date")),
  newPartnerAllowed: plain(raw("np.allowed")),
  isAccountAdmin: plain(raw("viewer.is_account_admin")),
  accountNumber: plain(raw("a.account_number")),
  accountDisplayName: plain(raw("a.display_name")),
  accountChannel: plain(raw("a.channel")),
  ...oldPartner,
  newPcn: plain(raw("np.pcn")),
  newName: plain(raw("np.organization_name")),
  newReseller: plain(raw("np.reseller")),
  newAdvisor: plain(raw("np.software_advisor")),
};

/** How to read records `r`. */
export class RecordShape<Row extends PartialRow> extends JsonShape<Row> {
  readonly #joins: Sql;

  /** Reads the columns of the rules, and those that `isAsked` selects. */
  constructor(isAsked: (column: string) => boolean) {
    const isRead = (name: string) => name in always || isAsked(name);
    super(Object.fromEntries(Object.entries(columns).filter(([name]) => isRead(name))));
    this.#joins = Object.keys(oldPartner).some(isRead) ? sql`${standingJoins} ${oldPartnerJoin}` : standingJoins;
  }

  /** The joins that the selected columns need. */
  joinsFor(viewer: Viewer): Sql {
    return sql`${this.#joins} CROSS JOIN LATERAL (SELECT ${seesAsAdmin(viewer)} AS is_account_admin) viewer`;
  }
}

const wholeShape = new RecordShape<RecordRow>(() => true);

/** Records that the viewer may see and that meet a condition on `r`. */
export async function readRecords(manager: EntityManager, viewer: Viewer, condition: Sql): Promise<RecordRow[]> {
  const from = sql`cocp_records r ${wholeShape.joinsFor(viewer)}
    WHERE ${visibleRecords(viewer)} AND ${condition} ORDER BY r.submitted_at, a.account_number`;
  return await selectJson(manager, wholeShape, from);
}
