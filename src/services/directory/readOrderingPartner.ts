import { readPartnerHistories } from "../../db/directory/partnerHistory";
import { utcDate } from "../../domain/dates";
import type { Viewer } from "../../domain/model";
import { orderingPartner, type PartnerHistory } from "../../domain/orderingPartner";
import { maySeeOrderingPartner, seesOpenRecord } from "../../domain/permissions";
import type { VisibleAccount } from "./readAccounts";
import type { ServiceContext } from "../serviceContext";

/** Reads the facts of `visibleOrderingPartner`, by account. */
export async function readHistoriesOf(
  context: ServiceContext,
  accountIds: readonly string[],
): Promise<Map<string, PartnerHistory>> {
  return await readPartnerHistories(context.dataSource.manager, accountIds, context.clock.now());
}

/** The id of the partner that may place orders on a day (today if null), when the viewer may know it. */
export function visibleOrderingPartner(
  { account, asOf }: VisibleAccount,
  history: PartnerHistory | null,
  viewer: Viewer,
  on: string | null,
): string | null {
  const today = utcDate(asOf);
  const facts = { day: on ?? today, today, seesRecord: seesOpenRecord(account, viewer) };
  const partnerId = history === null ? null : orderingPartner(history, facts);
  if (partnerId === null) return null;
  return maySeeOrderingPartner(account, { partnerId, isAhead: facts.day > today }, viewer) ? partnerId : null;
}
