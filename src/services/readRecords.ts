import { readRecords, type RecordRow } from "../db/records";
import { sql } from "../db/query";
import type { Actor } from "../domain/commands";
import { settle } from "../domain/decide";
import { evolve } from "../domain/evolve";
import type { Viewer } from "../domain/model";
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
}

/** A stored record as it reads at an instant. */
export function presentRecord(row: RecordRow, viewer: Viewer, policy: CocpPolicy, now: Date): VisibleRecord {
  const { agreementStatus, agreementEndDate, newPartnerAllowed, isAccountAdmin, ...stored } = row;
  const standing = { agreementStatus, agreementEndDate, newPartnerAllowed };
  const record = settle(stored, { now, policy, standing }).reduce(evolve, stored);
  return { record, standing, actor: actorOn(record, viewer, isAccountAdmin), asOf: now };
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
