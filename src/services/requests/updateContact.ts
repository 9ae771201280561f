import { readPartnerUsers } from "../../db/directory/partners";
import type { Viewer } from "../../domain/model";
import { verifyContact } from "../../domain/partnerChecks";
import { addressKey } from "../../domain/keys";
import { checkEmail } from "../../domain/text";
import { actOnRecords, type ActionOutcome, type ActionTarget, type RecordError } from "./actOnRecords";
import { contactWarnings } from "./contactWarnings";
import { readRequests } from "./readRequests";
import type { ServiceContext } from "../serviceContext";

const severalPartners: RecordError = {
  code: "RECORDS_OF_SEVERAL_PARTNERS",
  message: "The request has several new partners: name the records whose contact changes.",
  field: ["recordIds"],
};

/** Whether the records of a request that the viewer administers have more than one new partner, which never changes. */
async function hasSeveralPartners(context: ServiceContext, viewer: Viewer, requestId: string): Promise<boolean> {
  const records = (await readRequests(context, viewer, [requestId])).get(requestId)?.records ?? [];
  const own = records.filter(({ actor }) => actor.parties.has("CUSTOMER"));
  return new Set(own.map(({ record }) => record.newPartnerId)).size > 1;
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
  if (target.records === null && (await hasSeveralPartners(context, viewer, target.requestId ?? ""))) {
    return { recordIds: [], userErrors: [severalPartners], warnings: [] };
  }
  const outcome = await actOnRecords(context, viewer, target, () => {
    const contact = checkEmail(address, field);
    return async (manager) => {
      const user = (await readPartnerUsers(manager, [contact])).get(addressKey(contact)) ?? null;
      const verificationOf = (newPartnerId: string) => verifyContact(newPartnerId, user);
      return { type: "UPDATE_NOTIFICATION_CONTACT", contact, verificationOf };
    };
  });
  return { ...outcome, warnings: await contactWarnings(context, viewer, outcome.recordIds, field) };
}
