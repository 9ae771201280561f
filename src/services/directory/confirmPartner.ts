import { readAccounts } from "../../db/directory/accounts";
import { readPartnersByPcn } from "../../db/directory/partners";
import { sql } from "../../db/postgres/sql";
import { BadInputError } from "../../domain/errors";
import type { Viewer } from "../../domain/model";
import { partnerProblem, partnerProblemsOn, type PartnerFacts, type PartnerProblem } from "../../domain/partnerChecks";
import { pcnKey } from "../../domain/keys";
import type { ServiceContext } from "../serviceContext";

export interface Confirmation {
  readonly partner: PartnerFacts | null;
  readonly problems: readonly (PartnerProblem & { readonly billingAccountId: string | null })[];
}

/**
 * The answer of the Confirm partner button (docs/domain.md, "The new partner"). Account ids are null where the caller
 * gave none that can be one. Throws BadInputError for an account that the viewer holds no role on, or for too many;
 * RateLimitedError.
 */
export async function confirmPartner(
  context: ServiceContext,
  viewer: Viewer,
  pcn: string,
  accountIds: readonly (string | null)[],
): Promise<Confirmation> {
  const { maxAccounts } = context.policy;
  if (accountIds.length > maxAccounts) {
    throw new BadInputError(`At most ${maxAccounts} billing accounts fit into a request.`, ["billingAccountIds"]);
  }
  const { manager } = context.dataSource;
  const known = accountIds.filter((id) => id !== null);
  const condition = sql`own.role IS NOT NULL AND a.id = ANY(${known}::uuid[])`;
  const accounts =
    known.length === 0 ? [] : await readAccounts(manager, { viewer, now: context.clock.now() }, condition);
  const unknown = accountIds.findIndex((id) => !accounts.some((account) => account.id === id));
  if (unknown >= 0) {
    throw new BadInputError("There is no such billing account among yours: choose from billingAccounts.", [
      "billingAccountIds",
      String(unknown),
    ]);
  }
  await context.limits.lookUp(viewer, [{ newPartnerPcn: pcn }]);
  const normal = pcnKey(pcn);
  const partner = normal === null ? null : ((await readPartnersByPcn(manager, viewer, [normal])).get(normal) ?? null);
  const problem = partnerProblem(pcn, partner);
  if (problem !== null || partner === null) {
    return { partner, problems: problem === null ? [] : [{ ...problem, billingAccountId: null }] };
  }
  const problems = accounts.flatMap((account) =>
    partnerProblemsOn(partner, account).map((found) => ({ ...found, billingAccountId: account.id })),
  );
  return { partner, problems };
}
