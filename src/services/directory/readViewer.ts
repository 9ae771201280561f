import DataLoader from "dataloader";
import { readPeople, type DirectoryPerson } from "../../db/directory/viewers";
import type { Viewer } from "../../domain/model";
import { eachWithItsError } from "../eachWithItsError";
import type { ServiceContext } from "../serviceContext";

/** The identity of a checked access token. */
export interface Identity {
  /** The key of a person (src/domain/keys.ts). */
  readonly email: string;
  readonly displayName: string | null;
  readonly isOperations: boolean;
}

/** The token is missing or can't be believed. The message is for the caller and tells no more than it must. */
export class UnauthenticatedError extends Error {
  constructor(
    message = "A valid access token is needed: send it as `Authorization: Bearer …`, over a WebSocket as `authorization` in connection_init.",
    readonly expired = false,
  ) {
    super(message);
    this.name = "UnauthenticatedError";
  }
}

/** Reads the present rights of a person. */
export type ReadViewer = (identity: Identity) => Promise<Viewer>;

/**
 * Looks up the parts that the directory gives to a person, at each request anew. Those who ask within one turn of the
 * event loop are looked up together, so that a busy node spends less than a statement a request on it. The same
 * statement reads the clock.
 */
export function createViewerReader({ dataSource, clock }: Pick<ServiceContext, "dataSource" | "clock">): ReadViewer {
  const readTogether = async (emails: readonly string[]): Promise<Map<string, DirectoryPerson>> => {
    const sentAt = performance.now();
    const found = await readPeople(dataSource.manager, [...new Set(emails)], clock.instant);
    for (const { now } of found.values()) clock.observe(now, sentAt);
    return found;
  };
  const people = new DataLoader(
    async (emails: readonly string[]) => await eachWithItsError(emails, readTogether, stranger),
    { cache: false, batchScheduleFn: (callback) => void setImmediate(callback) },
  );
  return async (identity) => {
    const { email } = identity;
    const person = await people.load(email);
    return {
      email,
      displayName: person.displayName ?? identity.displayName,
      isEnterpriseAdmin: person.isEnterpriseAdmin,
      isOperations: identity.isOperations,
      partner: person.partnerId === null ? null : { id: person.partnerId, canRespond: person.canRespond ?? false },
    };
  };
}

const stranger: DirectoryPerson = { isEnterpriseAdmin: false, displayName: null, partnerId: null, canRespond: null };
