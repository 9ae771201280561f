import { readPartnerUsers } from "../db/partners";
import type { Viewer } from "../domain/model";
import { verifyContact } from "../domain/partnerChecks";
import { addressKey } from "../domain/keys";
import { checkEmail } from "../domain/text";
import { actOnRecords, type ActionOutcome, type ActionTarget } from "./actOnRecords";
import { contactWarnings } from "./contactWarnings";
import type { ServiceContext } from "./serviceContext";

/**
 * Names another partner notification contact, verifies it and invites it (domain: "The contact's address is checked").
 * Throws RateLimitedError.
 */
export async function updateContact(
  context: ServiceContext,
  viewer: Viewer,
  target: ActionTarget,
  address: string,
): Promise<ActionOutcome> {
  const field = ["partnerNotificationContact"];
  const contacts = [address];
  await context.limits.lookUp(viewer, [{ newPartnerPcn: target.requestId ?? "", partnerNotificationContact: address }]);
  await context.limits.mayInvite(viewer, contacts);
  const users = await readPartnerUsers(context.dataSource.manager, [address.trim()]);
  const outcome = await actOnRecords(context, viewer, target, () => {
    const contact = checkEmail(address, field);
    const user = users.get(addressKey(contact)) ?? null;
    return {
      type: "UPDATE_NOTIFICATION_CONTACT",
      contact,
      verificationOf: (newPartnerId) => verifyContact(newPartnerId, user),
    };
  });
  if (outcome.recordIds.length > 0) await context.limits.invited(viewer, contacts);
  return { ...outcome, warnings: await contactWarnings(context, viewer, outcome.recordIds, field) };
}
