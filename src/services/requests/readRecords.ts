import { readRecords, type PartialRow, type RecordRow } from "../../db/requests/recordRows";
import { sql } from "../../db/postgres/sql";
import type { Actor } from "../../domain/commands";
import { settle } from "../../domain/decide";
import { presentEffectiveDate } from "../../domain/deadlines";
import { evolve } from "../../domain/evolve";
import type { AgreementChannel, Viewer } from "../../domain/model";
import { actorOn } from "../../domain/permissions";
import type { CocpPolicy } from "../../domain/policy";
import type { ServiceContext } from "../serviceContext";

export { RecordShape, loaded, type PartialRow, type RecordColumn } from "../../db/requests/recordRows";

/** A type whose columns may not be selected. */
export type Projected<Whole> = { readonly [Part in keyof Whole]?: Whole[Part] | undefined };

/** A record as it stands now, and what the viewer is to it. */
export interface VisibleRecord<Row extends PartialRow = RecordRow> {
  /** The settled record: deadlines that have passed are folded in, written or not. */
  readonly record: Row;
  readonly actor: Actor;
  /** The instant of which all this is true. */
  readonly asOf: Date;
  /** The record without that. */
  readonly stored: Row;
}

/** The columns of a billing account that every viewer of the account sees. */
export interface AccountSummary {
  readonly id: string;
  readonly accountNumber: string;
  readonly displayName: string;
  readonly channel: AgreementChannel;
}

/** The account of a record. */
export function accountOf(row: PartialRow): Projected<AccountSummary> {
  const { billingAccountId: id, accountNumber, accountDisplayName: displayName, accountChannel: channel } = row;
  return { id, accountNumber, displayName, channel };
}

/** A stored record as it reads at an instant. */
export function presentRecord<Row extends PartialRow>(
  stored: Row,
  viewer: Viewer,
  policy: CocpPolicy,
  now: Date,
): VisibleRecord<Row> {
  const settled = settle(stored, { now, policy, standing: stored }).reduce(evolve<Row>, stored);
  const record = { ...settled, effectiveDate: presentEffectiveDate(settled, now) };
  return { record, actor: actorOn(record, viewer, stored.isAccountAdmin), asOf: now, stored };
}

/** The columns of a partner that every viewer of a record sees. */
export interface PartnerSummary {
  readonly id: string;
  readonly pcn: string;
  readonly organizationName: string;
  readonly reseller: boolean;
  readonly softwareAdvisor: boolean;
}

/** The partner that the account of a record leaves. */
export function oldPartnerOf(row: PartialRow): Projected<PartnerSummary> {
  const { oldPartnerId: id, oldPcn: pcn, oldName: organizationName, oldReseller, oldAdvisor } = row;
  return { id, pcn, organizationName, reseller: oldReseller, softwareAdvisor: oldAdvisor };
}

/** The partner that it goes to. */
export function newPartnerOf(row: PartialRow): Projected<PartnerSummary> {
  const { newPartnerId: id, newPcn: pcn, newName: organizationName, newReseller, newAdvisor } = row;
  return { id, pcn, organizationName, reseller: newReseller, softwareAdvisor: newAdvisor };
}

/** Reads visible records by id. */
export async function readRecordsById(
  context: ServiceContext,
  viewer: Viewer,
  ids: readonly string[],
): Promise<Map<string, VisibleRecord>> {
  const rows = await readRecords(context.dataSource.manager, viewer, sql`r.id = ANY(${[...ids]}::uuid[])`);
  const now = context.clock.now();
  return new Map(rows.map((row) => [row.id, presentRecord(row, viewer, context.policy, now)]));
}
