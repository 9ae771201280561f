import { randomUUID } from "node:crypto";
import type { DataSource } from "typeorm";
import type { Viewer } from "../../../src/domain/model";
import { termsFor } from "../../../src/domain/terms";
import { BillingAccountEntity } from "../../../src/entities/billingAccountEntity";
import { BillingAccountRoleEntity } from "../../../src/entities/billingAccountRoleEntity";
import { CustomerEntity } from "../../../src/entities/customerEntity";
import { PartnerEntity } from "../../../src/entities/partnerEntity";
import { PartnerUserEntity } from "../../../src/entities/partnerUserEntity";
import { initiateCocp } from "../../../src/services/requests/initiateCocp";
import type { ServiceContext } from "../../../src/services/serviceContext";

export interface Directory {
  /** Three DIRECT accounts of one customer, all with the old partner, eligible for a change. */
  readonly accountIds: readonly string[];
  readonly oldPartnerId: string;
  readonly newPartnerId: string;
  readonly otherPartnerId: string;
  /** Enterprise Administrator of all accounts. */
  readonly admin: Viewer;
  /** Of the new partner, may accept and decline. */
  readonly responder: Viewer;
  /** Of the new partner, may not. */
  readonly colleague: Viewer;
  readonly operator: Viewer;
}

export const newPartnerPcn = "PCN-NEW";

/** A small directory: one customer with three accounts and an admin, three partners, two users of the new one. */
export async function seedDirectory({ manager }: DataSource): Promise<Directory> {
  const customerId = randomUUID();
  await manager.insert(CustomerEntity, { id: customerId, customerNumber: "C-1", name: "Northlight" });
  const [oldPartnerId, newPartnerId, otherPartnerId] = [randomUUID(), randomUUID(), randomUUID()];
  const can = { allowed: true, reseller: true, softwareAdvisor: true, enterpriseDirectSupport: false };
  await manager.insert(PartnerEntity, [
    {
      id: oldPartnerId,
      pcn: "PCN-OLD",
      organizationName: "Oldham",
      notificationAddress: "desk@oldham.example",
      ...can,
    },
    { id: newPartnerId, pcn: newPartnerPcn, organizationName: "Brightwater", notificationAddress: null, ...can },
    { id: otherPartnerId, pcn: "PCN-OTHER", organizationName: "Third Way", notificationAddress: null, ...can },
  ]);
  await manager.insert(PartnerUserEntity, [
    { email: "kim@brightwater.example", partnerId: newPartnerId, displayName: "Kim Lee", canRespond: true },
    { email: "sam@brightwater.example", partnerId: newPartnerId, displayName: "Sam Roy", canRespond: false },
  ]);
  const accounts = ["7701", "7702", "7703"].map((accountNumber) => ({
    id: randomUUID(),
    accountNumber,
    displayName: `Northlight ${accountNumber}`,
    customerId,
    partnerId: oldPartnerId,
    billToPartnerId: null,
    ...agreement,
  }));
  await manager.insert(BillingAccountEntity, accounts);
  const email = "dana@northlight.example";
  await manager.insert(
    BillingAccountRoleEntity,
    accounts.map(({ id }) => ({ email, billingAccountId: id, role: "ENTERPRISE_ADMIN" as const })),
  );
  const nobody = { displayName: null, isEnterpriseAdmin: false, isOperations: false, partner: null };
  return {
    accountIds: accounts.map(({ id }) => id),
    oldPartnerId,
    newPartnerId,
    otherPartnerId,
    admin: { ...nobody, email, isEnterpriseAdmin: true },
    responder: { ...nobody, email: "kim@brightwater.example", partner: { id: newPartnerId, canRespond: true } },
    colleague: { ...nobody, email: "sam@brightwater.example", partner: { id: newPartnerId, canRespond: false } },
    operator: { ...nobody, email: "ops@changeover.example", isOperations: true },
  };
}

const agreement = {
  program: "ENTERPRISE_AGREEMENT",
  agreementStatus: "ACTIVE",
  channel: "DIRECT",
  startDate: "2025-01-01",
  endDate: "2099-12-31",
  anniversaryDate: "2027-01-01",
} as const;

/** The admin submits a request to the new partner for accounts, all of them if none are named. Gives the Request ID. */
export async function submitRequest(
  context: ServiceContext,
  { admin, ...directory }: Directory,
  { accountIds = directory.accountIds, contact = "kim@brightwater.example" } = {},
): Promise<string> {
  const { requestId, userErrors } = await initiateCocp(context, admin, {
    changes: accountIds.map((billingAccountId) => ({
      billingAccountId,
      newPartnerPcn,
      partnerNotificationContact: contact,
      reason: "OTHER",
      reasonNote: "Between us",
    })),
    signature: {
      firstName: "Dana",
      lastName: "Ruiz",
      acceptTerms: true,
      termsVersion: termsFor(accountIds.map((id) => ({ id, channel: "DIRECT" })))?.version ?? "",
    },
    idempotencyKey: null,
  });
  if (requestId === null) throw new Error(JSON.stringify(userErrors));
  return requestId;
}
