import { z } from "zod";
import type { DirectoryTable } from "../../db/directory/directoryImportTables";
import { AgreementChannel, AgreementProgram, AgreementStatus, BillingAccountRole } from "../../domain/model";
import { addressKey, canonicalText, lookAlikeCharacter, pcnKey } from "../../domain/keys";
import { checkEmail } from "../../domain/text";
import { isVisible, unseenCharacter } from "../../domain/visibleText";

/** A cell as it is loaded: null where an optional column is empty. */
export type Cell = string | null;

/** One of the five CSV files that make up the directory. */
export interface ImportFile {
  readonly name: string;
  readonly table: DirectoryTable;
  /** Column by column what a row must hold, in the order in which the columns are documented. */
  readonly row: z.ZodObject<Record<string, z.ZodType<Cell>>>;
  /** A row in the same order, for the help. */
  readonly example: string;
}

/** One line of visible text, trimmed and normalized. U+FFFD stands for bytes that are not UTF-8. */
const lineOf = (maxLength: number, normalize: (value: string) => string) =>
  z
    .string()
    .trim()
    .overwrite(normalize)
    .min(1, { error: "is blank", abort: true })
    .max(maxLength, { error: `is longer than ${maxLength} characters`, abort: true })
    .regex(/^[^\uFFFD]*$/u, { error: "is not UTF-8 text", abort: true })
    .regex(/^\P{Cc}*$/u, { error: "holds a line break, a tab, a NUL or another control character", abort: true })
    .refine((value) => unseenCharacter(value) === null, {
      error: ({ input }) => `holds ${unseenCharacter(String(input))}, an invisible character: remove it`,
      abort: true,
    })
    .refine(isVisible, { error: "has no visible character", abort: true });

const text = (maxLength: number) => lineOf(maxLength, (value) => value.normalize("NFC"));
const name = text(200);

/** A text by which something is found. Unicode's look-alikes of ASCII characters stay visible, to be rejected. */
const key = (maxLength: number) =>
  lineOf(maxLength, canonicalText).refine((value) => lookAlikeCharacter(value) === null, {
    error: ({ input }) => {
      const written = String(input).normalize("NFC");
      return `holds ${lookAlikeCharacter(String(input))}, which looks like another character: write ${written}`;
    },
    abort: true,
  });
const number = key(64);

const pcn = key(200).transform((value, context) => {
  const normal = pcnKey(value);
  if (normal === null) context.addIssue("is not a PCN, which has at most 32 characters");
  return normal;
});

const email = key(1000).transform((value, context) => {
  try {
    return addressKey(checkEmail(value, []));
  } catch {
    context.addIssue("is not one bare e-mail address such as kim.lee@partner.example");
    return z.NEVER;
  }
});

const oneOf = (names: Readonly<Record<string, string>>) =>
  text(1000).pipe(
    z.enum(names, {
      error: ({ input }) => `is ${JSON.stringify(input)}, must be one of ${Object.keys(names).join(", ")}`,
    }),
  );

/** Spreadsheets write TRUE and FALSE. */
const boolean = text(1000)
  .toLowerCase()
  .pipe(z.enum(["true", "false"], "must be true or false"));

/** PostgreSQL knows no year 0000. */
const date = text(1000).pipe(
  z.iso
    .date({ error: "must be a calendar date such as 2027-02-20", abort: true })
    .refine((day) => day >= "0001", "must be a calendar date such as 2027-02-20"),
);

/** An optional column: blank is null. */
const maybe = (column: z.ZodType<Cell>) =>
  z.preprocess((value) => (typeof value === "string" && value.trim() === "" ? null : value), column.nullable());

const account = z
  .object({
    account_number: number,
    display_name: name,
    customer_number: number,
    program: oneOf(AgreementProgram),
    agreement_status: oneOf(AgreementStatus),
    channel: oneOf(AgreementChannel),
    start_date: date,
    end_date: date,
    anniversary_date: date,
    partner_pcn: pcn,
    bill_to_pcn: maybe(pcn),
  })
  .refine((row) => row.start_date <= row.end_date, { error: "is before start_date", path: ["end_date"] });

/** The files in the order in which they are loaded: each refers to those before it alone. */
export const importFiles: readonly ImportFile[] = [
  {
    name: "customers.csv",
    table: "customers",
    row: z.object({ customer_number: number, name }),
    example: "C-10021,Northlight Hospitals Trust",
  },
  {
    name: "partners.csv",
    table: "partners",
    row: z.object({
      pcn,
      organization_name: name,
      allowed: boolean,
      reseller: boolean,
      software_advisor: boolean,
      enterprise_direct_support: boolean,
      notification_address: maybe(email),
    }),
    example: "PCN-4410387,Harrowgate Licensing,true,true,true,false,changes@harrowgate.example",
  },
  {
    name: "partner_users.csv",
    table: "partner_users",
    row: z.object({ email, pcn: maybe(pcn), display_name: name, can_respond: boolean }),
    example: "kim.lee@harrowgate.example,PCN-4410387,Kim Lee,true",
  },
  {
    name: "billing_accounts.csv",
    table: "billing_accounts",
    row: account,
    example:
      "7701001,Northlight Group Services,C-10021,ENTERPRISE_AGREEMENT,ACTIVE,DIRECT,2025-07-01,2031-06-30,2027-07-01,PCN-4410387,",
  },
  {
    name: "billing_account_roles.csv",
    table: "billing_account_roles",
    row: z.object({ email, account_number: number, role: maybe(oneOf(BillingAccountRole)) }),
    example: "dana.whitfield@northlight.example,7701001,ENTERPRISE_ADMIN",
  },
];
