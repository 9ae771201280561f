import { readRecords, type RecordRow } from "../db/records";
import type { ListedPartner, ListedRecordRow } from "../db/recordLists";
import { sql } from "../db/query";
import type { Actor } from "../domain/commands";
import { settle } from "../domain/decide";
import { evolve } from "../domain/evolve";
import type { AgreementChannel, Viewer } from "../domain/model";
import { actorOn } from "../domain/permissions";
import type { CocpPolicy } from "../domain/policy";
import type { CocpRecord, Standing } from "../domain/record";
import type { ServiceContext } from "./serviceContext";

export type { ListedPartner };

/** A record as it stands now, and what the viewer is to it. */
export interface VisibleRecord {
  /** With what has fallen due folded in, although the sweep that writes it may come later. */
  readonly record: CocpRecord;
  readonly standing: Standing;
  readonly actor: Actor;
  /** The instant of which all this is true. */
  readonly asOf: Date;
  /** What was read along. */
  readonly beside: RecordRow | ListedRecordRow;
}

/** A billing account as far as everybody sees it who sees the account. */
export interface AccountSummary {
  readonly id: string;
  readonly accountNumber: string;
  readonly displayName: string;
  readonly channel: AgreementChannel;
}

/** A stored record as it reads at an instant. */
export function presentRecord(
  row: RecordRow | ListedRecordRow,
  viewer: Viewer,
  policy: CocpPolicy,
  now: Date,
): VisibleRecord {
  const record = settle(row, { now, policy, standing: row }).reduce<CocpRecord>(evolve, row);
  return { record, standing: row, actor: actorOn(record, viewer, row.isAccountAdmin), asOf: now, beside: row };
}

/** The account of a record, as far as it was read along. */
export function accountOf(row: RecordRow): AccountSummary {
  const { billingAccountId: id, accountNumber, accountDisplayName: displayName, accountChannel: channel } = row;
  return { id, accountNumber, displayName, channel };
}

/** The partner that the account leaves; null: not read along. */
export function oldPartnerOf(row: RecordRow | ListedRecordRow): ListedPartner | null {
  if (!("oldPcn" in row)) return null;
  const { oldPartnerId: id, oldPcn: pcn, oldName, oldReseller, oldAdvisor } = row;
  return { id, pcn, organizationName: oldName, reseller: oldReseller, softwareAdvisor: oldAdvisor };
}

/** The partner that the account goes to; null: not read along. */
export function newPartnerOf(row: RecordRow | ListedRecordRow): ListedPartner | null {
  if (!("newPcn" in row)) return null;
  const { newPartnerId: id, newPcn: pcn, newName, newReseller, newAdvisor } = row;
  return { id, pcn, organizationName: newName, reseller: newReseller, softwareAdvisor: newAdvisor };
}

/** Records by id, as far as the viewer may see them. */
export async function readRecordsById(
  context: ServiceContext,
  viewer: Viewer,
  ids: readonly string[],
): Promise<Map<string, VisibleRecord>> {
  const rows = await readRecords(context.dataSource.manager, viewer, sql`r.id = ANY(${[...ids]}::uuid[])`);
  const now = context.clock.now();
  return new Map(rows.map((row) => [row.id, presentRecord(row, viewer, context.policy, now)]));
}
