import { z } from "zod";
import {
  countAccounts,
  readAccountPage,
  readAccounts,
  type AccountFilter,
  type AccountRow,
} from "../../db/directory/accounts";
import {
  readCustomersById,
  readPartnersById,
  readVisibleCustomers,
  readVisiblePartners,
  type CustomerRow,
  type PartnerRow,
} from "../../db/directory/partners";
import { sql } from "../../db/postgres/sql";
import type { Viewer } from "../../domain/model";
import { isStorable } from "../../domain/text";
import { checkPage, decodeCursor, encodeCursor, toPage, type Page, type PageArgs } from "../pagination";
import type { PartnerSummary } from "../requests/readRecords";
import type { ServiceContext } from "../serviceContext";

export type { CustomerRow, PartnerRow };

/** A billing account as it stands now. */
export interface VisibleAccount {
  readonly account: AccountRow;
  readonly asOf: Date;
}

/** The customer of an account. */
export function customerOf({ customerId: id, customerNumber, customerName: name }: AccountRow): CustomerRow {
  return { id, customerNumber, name };
}

/** The partner of record of an account. Who may know of it: domain/permissions.ts. */
export function partnerOfRecordOf(account: AccountRow): PartnerSummary {
  return {
    id: account.partnerOfRecordId,
    pcn: account.partnerPcn,
    organizationName: account.partnerName,
    reseller: account.partnerIsReseller,
    softwareAdvisor: account.partnerIsAdvisor,
  };
}

export interface AccountListPage extends Page<VisibleAccount> {
  totalCount(): Promise<number>;
}

const cursorShape = z.tuple([z.literal("accounts"), z.string().refine(isStorable)]);

/**
 * The accounts on which the viewer holds a role (operations: all), by account number. Throws BadInputError and
 * InvalidCursorError for unusable page arguments.
 */
export async function listAccounts(
  context: ServiceContext,
  viewer: Viewer,
  filter: AccountFilter,
  args: PageArgs,
): Promise<AccountListPage> {
  const request = checkPage(args);
  const after = request.cursor === null ? null : decodeCursor(request.cursor, cursorShape)[1];
  const { manager } = context.dataSource;
  const reading = { viewer, now: context.clock.now() };
  const place = { backward: request.backward, after, limit: request.limit + 1 };
  const rows = await readAccountPage(manager, reading, filter, place);
  return {
    ...toPage(rows, request, (account) => ({ account, asOf: reading.now })),
    cursorOf: ({ account }) => encodeCursor(["accounts", account.accountNumber]),
    totalCount: () => countAccounts(manager, reading, filter),
  };
}

/** Reads visible accounts by id. */
export async function readAccountsById(
  context: ServiceContext,
  viewer: Viewer,
  ids: readonly string[],
): Promise<Map<string, VisibleAccount>> {
  const now = context.clock.now();
  const condition = sql`a.id = ANY(${[...ids]}::uuid[])`;
  const accounts = await readAccounts(context.dataSource.manager, { viewer, now }, condition);
  return new Map(accounts.map((account) => [account.id, { account, asOf: now }]));
}

/** Partners by id, for references that the viewer may follow. */
export async function partnersById(context: ServiceContext, ids: readonly string[]): Promise<Map<string, PartnerRow>> {
  const partners = await readPartnersById(context.dataSource.manager, ids);
  return new Map(partners.map((partner) => [partner.id, partner]));
}

/** Customers by id, for references that the viewer may follow. */
export async function customersById(
  context: ServiceContext,
  ids: readonly string[],
): Promise<Map<string, CustomerRow>> {
  const customers = await readCustomersById(context.dataSource.manager, ids);
  return new Map(customers.map((customer) => [customer.id, customer]));
}

/** Reads partners by id that are visible on their own. */
export async function visiblePartnersById(
  context: ServiceContext,
  viewer: Viewer,
  ids: readonly string[],
): Promise<Map<string, PartnerRow>> {
  const partners = await readVisiblePartners(context.dataSource.manager, viewer, ids);
  return new Map(partners.map((partner) => [partner.id, partner]));
}

/** Reads customers by id that are visible on their own. */
export async function visibleCustomersById(
  context: ServiceContext,
  viewer: Viewer,
  ids: readonly string[],
): Promise<Map<string, CustomerRow>> {
  const customers = await readVisibleCustomers(context.dataSource.manager, viewer, ids);
  return new Map(customers.map((customer) => [customer.id, customer]));
}
