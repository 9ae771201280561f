import { readPerson } from "../db/viewers";
import type { Viewer } from "../domain/model";
import type { ServiceContext } from "./serviceContext";

/** Who a checked access token says is asking. */
export interface Identity {
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

/** A person with the parts that the directory gives it now. One statement. */
export async function readViewer(context: ServiceContext, identity: Identity): Promise<Viewer> {
  const email = identity.email.toLowerCase();
  const person = await readPerson(context.dataSource.manager, email);
  return {
    email,
    displayName: person.displayName ?? identity.displayName,
    isEnterpriseAdmin: person.isEnterpriseAdmin,
    isOperations: identity.isOperations,
    partner: person.partnerId === null ? null : { id: person.partnerId, canRespond: person.canRespond ?? false },
  };
}
