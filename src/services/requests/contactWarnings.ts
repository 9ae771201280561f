import type { Warning } from "../../domain/initiation";
import type { Viewer } from "../../domain/model";
import { contactWarning } from "../../domain/partnerChecks";
import { partnersById } from "../directory/readAccounts";
import { readRecordsById } from "./readRecords";
import type { ServiceContext } from "../serviceContext";

/** Returns the warnings about contacts of records: one for each partner and address that is not VERIFIED. */
export async function contactWarnings(
  context: ServiceContext,
  viewer: Viewer,
  recordIds: readonly string[],
  field: readonly string[],
): Promise<Warning[]> {
  const records = [...(await readRecordsById(context, viewer, recordIds)).values()].map(({ record }) => record);
  const partners = await partnersById(
    context,
    records.map(({ newPartnerId }) => newPartnerId),
  );
  const warnings = new Map<string, Warning>();
  for (const { newPartnerId, contact, contactVerification } of records) {
    const warning = contactWarning(contact, partners.get(newPartnerId)?.organizationName ?? "", contactVerification);
    if (warning !== null) warnings.set(`${newPartnerId} ${contact}`, { ...warning, field });
  }
  return [...warnings.values()];
}
