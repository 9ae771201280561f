import { readRecords, type RecordRow } from "../db/records";
import { sql } from "../db/query";
import type { Actor } from "../domain/commands";
import { settle } from "../domain/decide";
import { evolve } from "../domain/evolve";
import type { AgreementChannel, Viewer } from "../domain/model";
import { actorOn } from "../domain/permissions";
import type { CocpPolicy } from "../domain/policy";
import type { CocpRecord, Standing } from "../domain/record";
import type { ServiceContext } from "./serviceContext";

/** A record as it stands now, and what the viewer is to it. */
export interface VisibleRecord {
  /** With what has fallen due folded in, although the sweep that writes it may come later. */
  readonly record: CocpRecord;
  readonly standing: Standing;
  readonly actor: Actor;
  /** The instant of which all this is true. */
  readonly asOf: Date;
  /** What was read along. */
  readonly beside: RecordRow;
}

/** A billing account as far as everybody sees it who sees the account. */
export interface AccountSummary {
  readonly id: string;
  readonly accountNumber: string;
  readonly displayName: string;
  readonly channel: AgreementChannel;
}

/** A stored record as it reads at an instant. */
export function presentRecord(row: RecordRow, viewer: Viewer, policy: CocpPolicy, now: Date): VisibleRecord {
  const record = settle(row, { now, policy, standing: row }).reduce<CocpRecord>(evolve, row);
  return { record, standing: row, actor: actorOn(record, viewer, row.isAccountAdmin), asOf: now, beside: row };
}

/** The account of a record, as far as it was read along. */
export function accountOf(row: RecordRow): AccountSummary {
  const { billingAccountId: id, accountNumber, accountDisplayName: displayName, accountChannel: channel } = row;
  return { id, accountNumber, displayName, channel };
}

/** A partner as far as everybody sees it who meets it in a record. */
export interface PartnerSummary {
  readonly id: string;
  readonly pcn: string;
  readonly organizationName: string;
  readonly reseller: boolean;
  readonly softwareAdvisor: boolean;
}

/** The partner that the account of a record leaves. Throws when it was not read along. */
export function oldPartnerOf({
  oldPartnerId: id,
  oldPcn,
  oldName,
  oldReseller,
  oldAdvisor,
}: RecordRow): PartnerSummary {
  return partnerOf({ id, pcn: oldPcn, organizationName: oldName, reseller: oldReseller, softwareAdvisor: oldAdvisor });
}

/** The partner that it goes to. Throws when it was not read along. */
export function newPartnerOf({
  newPartnerId: id,
  newPcn,
  newName,
  newReseller,
  newAdvisor,
}: RecordRow): PartnerSummary {
  return partnerOf({ id, pcn: newPcn, organizationName: newName, reseller: newReseller, softwareAdvisor: newAdvisor });
}

type MaybeRead = { readonly [Column in keyof PartnerSummary]: PartnerSummary[Column] | undefined };

function partnerOf({ id, pcn, organizationName, reseller, softwareAdvisor }: MaybeRead): PartnerSummary {
  if (id === undefined || pcn === undefined || organizationName === undefined)
    throw new Error("A partner was not read");
  return { id, pcn, organizationName, reseller: reseller ?? false, softwareAdvisor: softwareAdvisor ?? false };
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
