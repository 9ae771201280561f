import type { Assessment, PartnerChange } from "../../domain/initiation";
import type { Viewer } from "../../domain/model";
import { assess } from "./lookUpAndAssess";
import type { ServiceContext } from "../serviceContext";

/**
 * All that initiateCocp would say and do with these changes, the signature aside. Writes nothing. Throws
 * RateLimitedError.
 */
export async function previewCocp(
  context: ServiceContext,
  viewer: Viewer,
  changes: readonly PartnerChange[],
): Promise<Assessment> {
  if (changes.length <= context.policy.maxAccounts) await context.limits.lookUp(viewer, changes);
  const reading = { viewer, now: context.clock.now() };
  return await assess(context.dataSource.manager, changes, reading, context.policy);
}
