import * as fc from "fast-check";
import {
  accountNumber,
  admins,
  contactsOf,
  operators,
  partnerCount,
  people,
  pcnOf,
  responders,
  type FileName,
  type Row,
} from "./world";

/** What one change of an import does to a row of the directory. */
export interface DirectoryChange {
  readonly file: FileName;
  /** Columns that name the row. A row that does not exist yet is added. */
  readonly key: Row;
  readonly set: Row;
}

export type RecordCommand =
  | "acceptCocp"
  | "declineCocp"
  | "cancelCocp"
  | "startCocpReview"
  | "approveCocp"
  | "refuseCocp"
  | "amendCocpEffectiveDate"
  | "updatePartnerNotificationContact"
  | "resendPartnerNotification";

/** The mutation of each action that `availableActions` can offer. */
export const commandOf: Readonly<Record<string, RecordCommand>> = {
  ACCEPT: "acceptCocp",
  DECLINE: "declineCocp",
  CANCEL: "cancelCocp",
  START_REVIEW: "startCocpReview",
  APPROVE: "approveCocp",
  REFUSE: "refuseCocp",
  AMEND_EFFECTIVE_DATE: "amendCocpEffectiveDate",
  UPDATE_NOTIFICATION_CONTACT: "updatePartnerNotificationContact",
  RESEND_NOTIFICATION: "resendPartnerNotification",
};

/** How the mail server answers to a recipient from now on: it takes, defers or rejects the email. */
export type MailAnswer = 250 | 451 | 550;

/**
 * One step of a history. `record` counts the newest records of the accounts, in a circle; `account` names one
 * instead.
 */
export type Step = AnyStep & { readonly account?: string };

type AnyStep =
  | {
      readonly do: "initiate";
      readonly by: string;
      readonly accounts: number[];
      readonly partner: number;
      readonly contact: number;
    }
  | {
      readonly do: RecordCommand;
      readonly by: string;
      readonly record: number;
      readonly days?: number;
      readonly contact?: number;
    }
  | { readonly do: "offered"; readonly by: string; readonly record: number; readonly action: number }
  | { readonly do: "mail"; readonly answer: MailAnswer }
  | { readonly do: "advance"; readonly record: number; readonly moves: number }
  | { readonly do: "import"; readonly changes: DirectoryChange[]; readonly setPartner: boolean }
  | { readonly do: "clock"; readonly hours: number }
  | { readonly do: "deadline"; readonly record: number }
  | { readonly do: "sweep" }
  | { readonly do: "worker" };

/** Few accounts, so that steps meet each other: three of each customer. */
const account = fc.constantFrom(0, 1, 3, 6, 7, 11);
const record = fc.nat(5);
const partner = fc.nat(partnerCount - 1);
const contact = fc.nat(3);

const initiateBy = (by: string, accounts: readonly number[]) =>
  fc.record({
    do: fc.constant("initiate" as const),
    by: fc.constant(by),
    accounts: fc.uniqueArray(fc.constantFrom(...accounts), { minLength: 1, maxLength: Math.min(2, accounts.length) }),
    partner: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(2, 3) }, { weight: 1, arbitrary: partner }),
    contact,
  });
const initiate = fc.oneof(
  { weight: 4, arbitrary: initiateBy(admins[0], [0, 1, 3]) },
  { weight: 1, arbitrary: initiateBy(admins[1], [0, 1, 3]) },
  { weight: 4, arbitrary: initiateBy(admins[2], [6, 7, 11]) },
  { weight: 1, arbitrary: initiateBy(admins[3], [11]) },
);

/** Takes a record some legal moves further, each by the person whose move it is: long lives are common so. */
const advance = fc.record({ do: fc.constant("advance" as const), record, moves: fc.constantFrom(1, 3) });

/** Does one of the actions that a person is offered on a record, as a portal would. */
const offered = fc.record({
  do: fc.constant("offered" as const),
  by: fc.constantFrom(...people),
  record,
  action: fc.nat(7),
});

const command = (name: RecordCommand, by: readonly string[]) =>
  fc.record({ do: fc.constant(name), by: fc.constantFrom(...by), record });

const commands = fc.oneof(
  command("acceptCocp", responders),
  command("declineCocp", responders),
  command("cancelCocp", admins),
  command("startCocpReview", operators),
  command("approveCocp", operators),
  command("refuseCocp", operators),
  command("resendPartnerNotification", admins),
  fc.record({
    do: fc.constant("amendCocpEffectiveDate" as const),
    by: fc.constantFrom(...operators),
    record,
    days: fc.constantFrom(0, 1, 30, 400),
  }),
  fc.record({
    do: fc.constant("updatePartnerNotificationContact" as const),
    by: fc.constantFrom(...admins),
    record,
    contact,
  }),
);

const accountKey = account.map((index) => ({ account_number: accountNumber(index) }));
const partnerKey = partner.map((index) => ({ pcn: pcnOf(index) }));
const pcn = partner.map(pcnOf);
const name = fc.constantFrom("Renamed", "Żółw & Sons");
const flag = fc.constantFrom("true", "false");
const change = (file: FileName, key: fc.Arbitrary<Row>, set: fc.Arbitrary<Row>) =>
  fc.record({ file: fc.constant(file), key, set });
const cell = (column: string, value: fc.Arbitrary<string>) => value.map((text) => ({ [column]: text }));

const directoryChange: fc.Arbitrary<DirectoryChange> = fc.oneof(
  change("billing_accounts", accountKey, cell("agreement_status", fc.constantFrom("ACTIVE", "EXPIRED", "ENDED"))),
  change("billing_accounts", accountKey, cell("partner_pcn", pcn)),
  change("billing_accounts", accountKey, cell("customer_number", fc.constantFrom("C-1", "C-2"))),
  change("billing_accounts", accountKey, cell("channel", fc.constantFrom("DIRECT", "INDIRECT"))),
  change("billing_accounts", accountKey, cell("program", fc.constantFrom("ENTERPRISE_AGREEMENT", "MPSA"))),
  change("billing_accounts", accountKey, cell("bill_to_pcn", fc.oneof(pcn, fc.constant("")))),
  change("billing_accounts", accountKey, cell("display_name", name)),
  change("billing_accounts", accountKey, cell("anniversary_date", fc.constantFrom("2027-05-01", "2028-02-29"))),
  change("billing_accounts", accountKey, cell("start_date", fc.constantFrom("2025-01-01", "2026-03-31"))),
  change(
    "customers",
    fc.constantFrom("C-1", "C-2").map((customer_number) => ({ customer_number })),
    cell("name", name),
  ),
  change("partners", partnerKey, cell("organization_name", name)),
  change("partners", partnerKey, cell("software_advisor", flag)),
  change("partners", partnerKey, cell("allowed", flag)),
  change("partners", partnerKey, cell("allowed", flag)),
  change("partners", partnerKey, cell("enterprise_direct_support", flag)),
  change("partners", partnerKey, cell("reseller", flag)),
  change("partners", partnerKey, cell("notification_address", fc.constantFrom("", "new.desk@partner.example"))),
  change(
    "partner_users",
    fc.constantFrom(...contactsOf.flat()).map((email) => ({ email })),
    fc.record({
      pcn: fc.oneof({ weight: 3, arbitrary: pcn }, { weight: 1, arbitrary: fc.constant("") }),
      can_respond: flag,
      display_name: fc.constant("Moved"),
    }),
  ),
  change(
    "billing_account_roles",
    fc.record({ email: fc.constantFrom(...admins), account_number: account.map(accountNumber) }),
    cell("role", fc.constantFrom("ENTERPRISE_ADMIN", "ENTERPRISE_ADMIN_READ_ONLY", "")),
  ),
);

const hours = fc.constantFrom(1, 5, 24, 3 * 24, 7 * 24, 10 * 24, 30 * 24, 60 * 24, 90 * 24);

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: initiate },
  { weight: 12, arbitrary: advance },
  { weight: 5, arbitrary: commands },
  { weight: 5, arbitrary: offered },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("mail" as const), answer: fc.constantFrom(250, 451, 550) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("import" as const),
      changes: fc.array(directoryChange, { minLength: 1, maxLength: 2 }),
      setPartner: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("clock" as const), hours }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("deadline" as const), record }) },
  { weight: 2, arbitrary: fc.constant({ do: "sweep" as const }) },
  { weight: 2, arbitrary: fc.constant({ do: "worker" as const }) },
);

/** Fifteen steps. The first ones bring requests on their way, so that the others meet them. */
export const anyHistory: fc.Arbitrary<Step[]> = fc
  .tuple(initiate, advance, initiate, advance, fc.array(anyStep, { minLength: 11, maxLength: 11 }))
  .map(([first, second, third, fourth, others]) => [first, second, third, fourth, ...others]);
