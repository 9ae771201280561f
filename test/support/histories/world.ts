import {
  dana,
  elena,
  iris,
  joan,
  kim,
  lena,
  marta,
  mei,
  operator,
  otherOperator,
  rafael,
  sam,
  stellan,
} from "../api/testApi";

/**
 * The directory of the random histories: two customers, four partners, twelve accounts, as rows of the import files.
 */
export interface Directory {
  readonly customers: Row[];
  readonly partners: Row[];
  readonly partner_users: Row[];
  readonly billing_accounts: Row[];
  readonly billing_account_roles: Row[];
}

export type Row = Record<string, string>;
export type FileName = keyof Directory;

export const admins = [dana, rafael, stellan, lena] as const;
export const responders = [kim, elena, mei, iris, lena] as const;
export const operators = [operator, otherOperator] as const;
/** Everybody whose view is compared after a step. */
export const people = [dana, joan, stellan, lena, kim, elena, mei, iris, operator] as const;

export const accountCount = 12;
export const partnerCount = 4;
export const accountNumber = (index: number) => `A-${100 + index}`;
export const pcnOf = (index: number) => `PCN-${1 + index}`;
/** An address that no partner knows. */
export const stranger = "somebody@unknown.example";
/** Contacts that a customer may name at a partner: two of its users, a user of another one, and an unknown address. */
export const contactsOf = [
  [kim, sam, elena, stranger],
  [elena, elena, kim, stranger],
  [mei, lena, iris, stranger],
  [iris, marta, mei, stranger],
] as const;

/** A new copy of the directory that every history begins with. `today` is a UTC date. */
export function firstDirectory(today: string): Directory {
  const inDays = (days: number) => new Date(Date.parse(today) + days * 86_400_000).toISOString().slice(0, 10);
  const accounts = Array.from({ length: accountCount }, (_, index) => index);
  const role = (email: string, index: number, name = "ENTERPRISE_ADMIN") => ({
    email,
    account_number: accountNumber(index),
    role: name,
  });
  const firstHalf = accounts.slice(0, 6);
  const secondHalf = accounts.slice(6);
  return {
    customers: [
      { customer_number: "C-1", name: "Aster Hospitals" },
      { customer_number: "C-2", name: "Birch Rail" },
    ],
    partners: Array.from({ length: partnerCount }, (_, index) => ({
      pcn: pcnOf(index),
      organization_name: `Partner ${["Elm", "Fir", "Gorse", "Hazel"][index]}`,
      allowed: "true",
      reseller: "true",
      software_advisor: "true",
      enterprise_direct_support: "false",
      notification_address: index < 2 ? `desk@partner${1 + index}.example` : "",
    })),
    partner_users: [
      { email: kim, pcn: pcnOf(0), display_name: "Kim", can_respond: "true" },
      { email: sam, pcn: pcnOf(0), display_name: "Sam", can_respond: "false" },
      { email: elena, pcn: pcnOf(1), display_name: "Elena", can_respond: "true" },
      { email: mei, pcn: pcnOf(2), display_name: "Mei", can_respond: "true" },
      { email: lena, pcn: pcnOf(2), display_name: "Lena", can_respond: "true" },
      { email: iris, pcn: pcnOf(3), display_name: "Iris", can_respond: "true" },
      { email: marta, pcn: pcnOf(3), display_name: "Marta", can_respond: "false" },
    ],
    billing_accounts: accounts.map((index) => ({
      account_number: accountNumber(index),
      display_name: `Account ${index}`,
      customer_number: index < 6 ? "C-1" : "C-2",
      program: "ENTERPRISE_AGREEMENT",
      agreement_status: "ACTIVE",
      channel: index % 3 === 2 ? "INDIRECT" : "DIRECT",
      start_date: inDays(-300),
      end_date: inDays(index % 4 === 3 ? 60 : 900),
      anniversary_date: inDays(65),
      partner_pcn: pcnOf(index % 2),
      bill_to_pcn: "",
    })),
    billing_account_roles: [
      ...firstHalf.map((index) => role(dana, index)),
      ...[0, 1].map((index) => role(rafael, index)),
      ...firstHalf.map((index) => role(joan, index, "ENTERPRISE_ADMIN_READ_ONLY")),
      ...secondHalf.map((index) => role(stellan, index)),
      ...[10, 11].map((index) => role(lena, index)),
    ],
  };
}

/** The files of a directory as CSV texts, by file name. */
export function toCsv(directory: Partial<Directory>): Map<string, string> {
  const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  const files = Object.entries(directory).filter(([, rows]) => rows.length > 0);
  return new Map(
    files.map(([name, rows]) => {
      const columns = Object.keys(rows[0] ?? {});
      const lines = rows.map((row: Row) => columns.map((column) => quote(row[column] ?? "")).join(","));
      return [`${name}.csv`, [columns.join(","), ...lines, ""].join("\n")];
    }),
  );
}
