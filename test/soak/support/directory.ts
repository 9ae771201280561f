import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** An administrator with accounts of its own, of which it moves one after the other. */
export interface Customer {
  readonly admin: string;
  readonly accountNumbers: readonly string[];
}

export interface Partner {
  readonly pcn: string;
  /** May answer. */
  readonly responder: string;
  /** Looks on. */
  readonly colleague: string;
}

/** Who takes part in a soak. */
export interface Directory {
  readonly customers: readonly Customer[];
  readonly partners: readonly Partner[];
  /** Everybody who sees events. */
  readonly people: readonly string[];
}

/** Of the operations service center. */
export const operator = "operator@operations.example";
const oldPartner = { pcn: "PCN-OLD", user: "user@old.example", desk: "desk@old.example" };

/** Makes up customers and partners, and writes the files that `changeover import` takes. */
export async function writeDirectory(folder: string, customerCount: number, accountsEach: number): Promise<Directory> {
  const customers = numbers(customerCount).map((customer) => ({
    admin: `admin${customer}@customer${customer}.example`,
    accountNumbers: numbers(accountsEach).map((account) => String(8_000_000 + customer * 100_000 + account)),
  }));
  const partners = numbers(4).map((partner) => ({
    pcn: `PCN-${partner}`,
    desk: `desk@partner${partner}.example`, // each is the old partner once an account has moved on from it
    responder: `responder@partner${partner}.example`,
    colleague: `colleague@partner${partner}.example`,
  }));
  const accounts = customers.flatMap(({ accountNumbers }, customer) =>
    accountNumbers.map((number) => ({ number, customer })),
  );
  const terms = "ENTERPRISE_AGREEMENT,ACTIVE,DIRECT,2025-07-01,2099-06-30,2027-07-01";
  const write = (file: string, header: string, rows: readonly string[]) =>
    writeFile(join(folder, file), [header, ...rows, ""].join("\n"));
  await write(
    "customers.csv",
    "customer_number,name",
    customers.map((_, index) => `C-${index},Customer ${index}`),
  );
  await write(
    "partners.csv",
    "pcn,organization_name,allowed,reseller,software_advisor,enterprise_direct_support,notification_address",
    [oldPartner, ...partners].map(({ pcn, desk }) => `${pcn},Partner ${pcn},true,true,true,false,${desk}`),
  );
  await write("partner_users.csv", "email,pcn,display_name,can_respond", [
    `${oldPartner.user},${oldPartner.pcn},User,true`,
    ...partners.flatMap(({ pcn, responder, colleague }) => [
      `${responder},${pcn},Responder,true`,
      `${colleague},${pcn},Colleague,false`,
    ]),
  ]);
  await write(
    "billing_accounts.csv",
    "account_number,display_name,customer_number,program,agreement_status,channel,start_date,end_date,anniversary_date,partner_pcn,bill_to_pcn",
    accounts.map(({ number, customer }) => `${number},Account ${number},C-${customer},${terms},${oldPartner.pcn},`),
  );
  await write(
    "billing_account_roles.csv",
    "email,account_number,role",
    accounts.map(({ number, customer }) => `${customers[customer]?.admin},${number},ENTERPRISE_ADMIN`),
  );
  const partnerPeople = partners.flatMap(({ responder, colleague }) => [responder, colleague]);
  const people = [operator, ...customers.map(({ admin }) => admin), oldPartner.user, ...partnerPeople];
  return { customers, partners, people };
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
