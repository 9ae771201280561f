import type { EntityManager } from "typeorm";
import { addressKey } from "../../domain/keys";
import type { PartnerUserFacts } from "../../domain/partnerChecks";
import { CustomerEntity } from "../../entities/customerEntity";
import { PartnerEntity } from "../../entities/partnerEntity";
import { PartnerUserEntity } from "../../entities/partnerUserEntity";
import type { Viewer } from "../../domain/model";
import { columnsOf, select, sql, type Sql } from "../postgres/sql";
import { visibleCustomers, visiblePartners } from "../tenancy";

/** A partner organization as the directory holds it. */
export type PartnerRow = PartnerEntity;
/** A customer as the directory holds it. */
export type CustomerRow = CustomerEntity;

/** Reads partners by normalized PCN. A viewer who may not choose a partner sees only those of its own records. */
export async function readPartnersByPcn(
  manager: EntityManager,
  viewer: Viewer,
  pcns: readonly string[],
): Promise<Map<string, PartnerEntity>> {
  if (pcns.length === 0) return new Map();
  const partners = await readVisible(manager, viewer, sql`p.pcn = ANY(${[...pcns]})`);
  return new Map(partners.map((partner) => [partner.pcn, partner]));
}

/** Users of any partner organization, by the key of their address. */
export async function readPartnerUsers(
  manager: EntityManager,
  emails: readonly string[],
): Promise<Map<string, PartnerUserFacts>> {
  if (emails.length === 0) return new Map();
  const keys = emails.map(addressKey);
  const columns = columnsOf(PartnerUserEntity, "u");
  const users = await select<PartnerUserFacts>(
    manager,
    sql`SELECT ${columns} FROM partner_users u WHERE u.email = ANY(${keys})`,
  );
  return new Map(users.map((user) => [user.email, user]));
}

export async function readPartnersById(manager: EntityManager, ids: readonly string[]): Promise<PartnerEntity[]> {
  return await readPartners(manager, sql`p.id = ANY(${[...ids]}::uuid[])`);
}

export async function readCustomersById(manager: EntityManager, ids: readonly string[]): Promise<CustomerEntity[]> {
  return await readCustomers(manager, sql`c.id = ANY(${[...ids]}::uuid[])`);
}

/** Reads the visible ones among these partners. */
export async function readVisiblePartners(
  manager: EntityManager,
  viewer: Viewer,
  ids: readonly string[],
): Promise<PartnerEntity[]> {
  return await readVisible(manager, viewer, sql`p.id = ANY(${[...ids]}::uuid[])`);
}

async function readVisible(manager: EntityManager, viewer: Viewer, condition: Sql): Promise<PartnerEntity[]> {
  return await readPartners(manager, sql`${condition} AND ${visiblePartners(viewer)}`);
}

const partnerColumns = columnsOf(PartnerEntity, "p");

async function readPartners(manager: EntityManager, condition: Sql): Promise<PartnerEntity[]> {
  return await select(manager, sql`SELECT ${partnerColumns} FROM partners p WHERE ${condition}`);
}

/** Reads the visible ones among these customers. */
export async function readVisibleCustomers(
  manager: EntityManager,
  viewer: Viewer,
  ids: readonly string[],
): Promise<CustomerEntity[]> {
  return await readCustomers(manager, sql`c.id = ANY(${[...ids]}::uuid[]) AND ${visibleCustomers(viewer)}`);
}

const customerColumns = columnsOf(CustomerEntity, "c");

async function readCustomers(manager: EntityManager, condition: Sql): Promise<CustomerEntity[]> {
  return await select(manager, sql`SELECT ${customerColumns} FROM customers c WHERE ${condition}`);
}
