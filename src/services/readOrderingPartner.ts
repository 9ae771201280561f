import { readDatedChanges, type DatedChange } from "../db/records";
import { utcDate } from "../domain/dates";
import type { Viewer } from "../domain/model";
import { orderingPartner } from "../domain/orderingPartner";
import { maySeeOrderingPartner } from "../domain/permissions";
import { groupBy } from "./groupBy";
import type { VisibleAccount } from "./readAccounts";
import type { ServiceContext } from "./serviceContext";

/** The changes of accounts, earliest first: what `visibleOrderingPartner` looks at. */
export async function readChangesOf(
  context: ServiceContext,
  accountIds: readonly string[],
): Promise<Map<string, DatedChange[]>> {
  const changes = await readDatedChanges(context.dataSource.manager, accountIds, context.clock.now());
  return groupBy(changes, ({ billingAccountId }) => billingAccountId);
}

/** The id of the partner that may place orders on a day (today if null), when the viewer may know it. */
export function visibleOrderingPartner(
  { account, asOf }: VisibleAccount,
  changes: readonly DatedChange[],
  viewer: Viewer,
  day: string | null,
): string | null {
  const partnerId = orderingPartner(account.partnerOfRecordId, changes, day ?? utcDate(asOf));
  return maySeeOrderingPartner(account, partnerId, viewer) ? partnerId : null;
}
