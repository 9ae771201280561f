import DataLoader from "dataloader";
import type { Viewer } from "../domain/model";
import { readEventsById, readRecordEvents } from "../services/feed/feedPage";
import { eachWithItsError } from "../services/eachWithItsError";
import { groupBy } from "../services/groupBy";
import {
  customersById,
  partnersById,
  readAccountsById,
  visibleCustomersById,
  visiblePartnersById,
} from "../services/directory/readAccounts";
import { readFormDigests } from "../services/forms/readForm";
import { readNotifications } from "../services/notifications/readNotifications";
import { readHistoriesOf } from "../services/directory/readOrderingPartner";
import { readRecordsById } from "../services/requests/readRecords";
import { readRequests, readSignatures, signedChannels } from "../services/requests/readRequests";
import type { ServiceContext } from "../services/serviceContext";

export type Loaders = ReturnType<typeof createLoaders>;

/** Loaders of one operation: they batch reads by key. Null means that the row does not exist for the viewer. */
export function createLoaders(services: ServiceContext, viewer: Viewer) {
  return {
    records: oneEach((ids) => readRecordsById(services, viewer, ids)),
    requests: oneEach((ids) => readRequests(services, viewer, ids)),
    signatures: oneEach((ids) => readSignatures(services, ids)),
    signedChannels: oneEach((ids) => signedChannels(services, ids)),
    formDigests: oneEach((ids) => readFormDigests(services, viewer, ids)),
    accounts: oneEach((ids) => readAccountsById(services, viewer, ids)),
    partnerHistories: oneEach((ids) => readHistoriesOf(services, ids)),
    partners: oneEach((ids) => partnersById(services, ids)),
    customers: oneEach((ids) => customersById(services, ids)),
    visiblePartners: oneEach((ids) => visiblePartnersById(services, viewer, ids)),
    visibleCustomers: oneEach((ids) => visibleCustomersById(services, viewer, ids)),
    events: oneEach((ids) => readEventsById(services, viewer, ids)),
    recordEvents: manyEach(async (ids) =>
      groupBy(await readRecordEvents(services, viewer, ids), (event) => event.recordId),
    ),
    notifications: manyEach(async (ids) =>
      groupBy(await readNotifications(services, viewer, ids), (row) => row.recordId),
    ),
  };
}

function oneEach<Value>(read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>) {
  return new DataLoader<string, Value | null>(async (keys) => await eachWithItsError<Value | null>(keys, read, null));
}

function manyEach<Value>(read: (keys: readonly string[]) => Promise<ReadonlyMap<string, readonly Value[]>>) {
  return new DataLoader<string, readonly Value[]>(
    async (keys) => await eachWithItsError<readonly Value[]>(keys, read, []),
  );
}
