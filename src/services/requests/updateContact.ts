import type { EntityManager } from "typeorm";
import { readPartnerUsers } from "../../db/directory/partners";
import { sql } from "../../db/postgres/sql";
import { readRecords } from "../../db/requests/recordRows";
import { CocpError } from "../../domain/errors";
import type { Viewer } from "../../domain/model";
import { verifyContact } from "../../domain/partnerChecks";
import { addressKey } from "../../domain/keys";
import { checkEmail } from "../../domain/text";
import { actOnRecords, type ActionOutcome, type ActionTarget } from "./actOnRecords";
import { contactWarnings } from "./contactWarnings";
import type { ServiceContext } from "../serviceContext";

/** Throws CocpError if the records of a request that the viewer administers have more than one new partner. */
async function verifyOnePartner(manager: EntityManager, viewer: Viewer, requestId: string): Promise<void> {
  const records = await readRecords(manager, viewer, sql`r.request_id = ${requestId}`);
  const partners = new Set(records.filter((row) => row.isAccountAdmin).map((row) => row.newPartnerId));
  if (partners.size <= 1) return;
  const message = "The request has several new partners: name the records whose contact changes.";
  throw new CocpError("RECORDS_OF_SEVERAL_PARTNERS", message, ["recordIds"]);
}

/**
 * Names another partner notification contact, verifies it and invites it (docs/domain.md, "The contact").
 * Without named records the request must have one new partner: RECORDS_OF_SEVERAL_PARTNERS. Throws RateLimitedError.
 */
export async function updateContact(
  context: ServiceContext,
  viewer: Viewer,
  target: ActionTarget,
  address: string,
): Promise<ActionOutcome> {
  const field = ["partnerNotificationContact"];
  await context.limits.lookUp(viewer, [{ newPartnerPcn: target.requestId ?? "", partnerNotificationContact: address }]);
  const outcome = await actOnRecords(context, viewer, target, () => {
    const contact = checkEmail(address, field);
    return async (manager, present) => {
      if (target.records === null && present !== null && target.requestId !== null)
        await verifyOnePartner(manager, present, target.requestId);
      const user = (await readPartnerUsers(manager, [contact])).get(addressKey(contact)) ?? null;
      const verificationOf = (newPartnerId: string) => verifyContact(newPartnerId, user);
      return { type: "UPDATE_NOTIFICATION_CONTACT", contact, verificationOf };
    };
  });
  return { ...outcome, warnings: await contactWarnings(context, viewer, outcome.recordIds, field) };
}
