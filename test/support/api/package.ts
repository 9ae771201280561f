import { accountIds, addAccountsLike, harrowgate, signatureFor } from "./changes";
import { dana, kim, mei, type TestApi } from "./testApi";

/** The partner that mei works for, and the one that iris works for. */
export const juniper = "PCN-4411290";
export const orchard = "PCN-4411523";

/** Where Meridian, the old partner, is mailed. */
export const meridianDesk = "partner-desk@meridiancloud.example";

/** The accounts of a full package by the new partner that is named for them, of either channel. */
export const ofKim = ["7701001", "7701002", "7701003", "7701004", "7701007", "7701008", "7701009", "7701031"];
export const ofMei = ["7701005", "7701006", "7701010", "7701011", "7701032", "7701033"];
export const ofIris = ["7701012", "7701013", "7701014", "7701034", "7701035", "7701036"];
const added = ["7701031", "7701032", "7701033", "7701034", "7701035", "7701036"];

/** Adds to the demo data what it lacks for a full package. */
export async function addAccounts(api: TestApi): Promise<void> {
  await addAccountsLike(api, added);
}

export interface Package {
  readonly requestId: string;
  /** By account number. */
  readonly ids: ReadonlyMap<string, { readonly recordId: string; readonly accountId: string }>;
}

const mutation = `mutation ($input: InitiateCocpInput!) { initiateCocp(input: $input) { userErrors { message }
  warnings { code } request { requestId terms { kind } records { id billingAccount { id accountNumber } } } } }`;

/** Submits a package of 20 accounts to three partners; nobody knows the contact at the third. */
export async function submitPackage(api: TestApi): Promise<Package & { warnings: string[]; termsKind: string }> {
  const changesTo = async (newPartnerPcn: string, partnerNotificationContact: string, accounts: string[]) =>
    (await accountIds(api, accounts)).map((billingAccountId) => ({
      billingAccountId,
      newPartnerPcn,
      partnerNotificationContact,
      reason: "OTHER",
      reasonNote: "Between us",
    }));
  const changes = [
    ...(await changesTo(harrowgate, kim, ofKim)),
    ...(await changesTo(juniper, mei, ofMei)),
    ...(await changesTo(orchard, "who@orchardstreet.example", ofIris)),
  ];
  const input = { changes, signature: await signatureFor(api, dana, changes) };
  const { request, warnings, userErrors } = (await api.data(dana, mutation, { input })).initiateCocp;
  if (request === null) throw new Error(JSON.stringify(userErrors));
  const records: { id: string; billingAccount: { id: string; accountNumber: string } }[] = request.records;
  return {
    requestId: request.requestId,
    termsKind: request.terms.kind,
    warnings: warnings.map(({ code }: { code: string }) => code),
    ids: new Map(
      records.map(({ id, billingAccount: { id: accountId, accountNumber } }) => [
        accountNumber,
        { recordId: id, accountId },
      ]),
    ),
  };
}
