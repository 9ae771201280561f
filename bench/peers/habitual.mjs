// The habit: Apollo Server on Express, TypeORM repositories, and a DataLoader for each relation.
import "reflect-metadata";
import { createServer } from "node:http";
import { ApolloServer } from "@apollo/server";
import { expressMiddleware } from "@as-integrations/express5";
import DataLoader from "dataloader";
import express from "express";
import pg from "pg";
import { DataSource, EntitySchema, In } from "typeorm";
import { isEligible } from "./eligible.mjs";
import { DateTime, typeDefs } from "./schema.mjs";

pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

const uuid = { type: "uuid" };
const text = { type: "text" };
const instant = { type: "timestamptz" };
const Role = new EntitySchema({
  name: "Role",
  tableName: "billing_account_roles",
  columns: {
    email: { ...text, primary: true },
    billingAccountId: { ...uuid, name: "billing_account_id", primary: true },
    role: text,
  },
});
const Account = new EntitySchema({
  name: "Account",
  tableName: "billing_accounts",
  columns: {
    id: { ...uuid, primary: true },
    accountNumber: { ...text, name: "account_number" },
    displayName: { ...text, name: "display_name" },
    channel: text,
    customerId: { ...uuid, name: "customer_id" },
    partnerId: { ...uuid, name: "partner_id" },
  },
});
const Customer = new EntitySchema({
  name: "Customer",
  tableName: "customers",
  columns: { id: { ...uuid, primary: true }, name: text },
});
const Partner = new EntitySchema({
  name: "Partner",
  tableName: "partners",
  columns: { id: { ...uuid, primary: true }, pcn: text, organizationName: { ...text, name: "organization_name" } },
});
const Record = new EntitySchema({
  name: "Record",
  tableName: "cocp_records",
  columns: {
    id: { ...uuid, primary: true },
    status: text,
    effectiveDate: { type: "date", name: "effective_date" },
    requestId: { ...text, name: "request_id" },
    submittedAt: { ...instant, name: "submitted_at" },
    billingAccountId: { ...uuid, name: "billing_account_id" },
    oldPartnerId: { ...uuid, name: "old_partner_id" },
    newPartnerId: { ...uuid, name: "new_partner_id" },
  },
});
const Request = new EntitySchema({
  name: "Request",
  tableName: "cocp_requests",
  columns: {
    requestId: { ...text, primary: true, name: "request_id" },
    customerId: { ...uuid, name: "customer_id" },
    submittedAt: { ...instant, name: "submitted_at" },
    respondBy: { ...instant, name: "respond_by" },
    expiresAt: { ...instant, name: "expires_at" },
  },
});
const Signature = new EntitySchema({
  name: "Signature",
  tableName: "cocp_signatures",
  columns: {
    requestId: { ...text, primary: true, name: "request_id" },
    firstName: { ...text, name: "first_name" },
    lastName: { ...text, name: "last_name" },
    signedAt: { ...instant, name: "signed_at" },
  },
});
const Event = new EntitySchema({
  name: "Event",
  tableName: "cocp_events",
  columns: {
    id: { ...uuid, primary: true },
    recordId: { ...uuid, name: "record_id" },
    sequence: { type: "integer" },
    type: text,
    occurredAt: { ...instant, name: "occurred_at" },
    actor: text,
  },
});
const Notification = new EntitySchema({
  name: "Notification",
  tableName: "cocp_notifications",
  columns: {
    id: { ...uuid, primary: true },
    kind: text,
    state: text,
    recipient: text,
    createdAt: { ...instant, name: "created_at" },
  },
});
const NotificationRecord = new EntitySchema({
  name: "NotificationRecord",
  tableName: "cocp_notification_records",
  columns: {
    notificationId: { ...uuid, primary: true, name: "notification_id" },
    recordId: { ...uuid, primary: true, name: "record_id" },
  },
  relations: {
    notification: { type: "many-to-one", target: "Notification", joinColumn: { name: "notification_id" } },
  },
});

const entities = [
  Role,
  Account,
  Customer,
  Partner,
  Record,
  Request,
  Signature,
  Event,
  Notification,
  NotificationRecord,
];
const dataSource = new DataSource({ type: "postgres", url: process.env.DATABASE_URL, poolSize: 10, entities });
await dataSource.initialize();
const repository = (entity) => dataSource.getRepository(entity);

const byKey = (entity, key) =>
  new DataLoader(async (keys) => {
    const rows = await repository(entity).findBy({ [key]: In(keys) });
    const found = new Map(rows.map((row) => [row[key], row]));
    return keys.map((each) => found.get(each));
  });
const listsBy = (entity, key, options) =>
  new DataLoader(async (keys) => {
    const lists = new Map(keys.map((each) => [each, []]));
    const rows = await repository(entity).find({ where: { [key]: In(keys) }, ...options });
    for (const row of rows) lists.get(row[key]).push(row);
    return keys.map((each) => lists.get(each));
  });

async function whereOf({ newPartnerId, administrator }) {
  if (newPartnerId) return { newPartnerId };
  if (!administrator) return {};
  const roles = await repository(Role).findBy({ email: administrator, role: "ENTERPRISE_ADMIN" });
  return { billingAccountId: In(roles.map(({ billingAccountId }) => billingAccountId)) };
}

const resolvers = {
  DateTime,
  Query: {
    async cocpRecords(_root, { first, ...of }) {
      const order = { submittedAt: "DESC", id: "DESC" };
      return { nodes: await repository(Record).find({ where: await whereOf(of), order, take: first }) };
    },
    async eligibleAccounts(_root, { first, administrator }) {
      const nodes = await repository(Account)
        .createQueryBuilder("a")
        .innerJoin("partners", "p", "p.id = a.partner_id")
        .innerJoin("billing_account_roles", "own", "own.billing_account_id = a.id")
        .where("own.email = :administrator AND own.role = 'ENTERPRISE_ADMIN'", { administrator })
        .andWhere(isEligible)
        .orderBy("a.accountNumber")
        .limit(first)
        .getMany();
      return { nodes };
    },
    cocpRequest: (_root, { requestId }) => repository(Request).findOneBy({ requestId }),
  },
  CocpRecord: {
    request: ({ requestId, submittedAt }) => ({ requestId, submittedAt }),
    billingAccount: ({ billingAccountId }, _arguments, { accounts }) => accounts.load(billingAccountId),
    oldPartner: ({ oldPartnerId }, _arguments, { partners }) => partners.load(oldPartnerId),
    newPartner: ({ newPartnerId }, _arguments, { partners }) => partners.load(newPartnerId),
    events: ({ id }, _arguments, { events }) => events.load(id),
    notifications: async ({ id }, _arguments, { notifications }) =>
      (await notifications.load(id)).map(({ notification }) => notification),
  },
  CocpRequest: {
    customer: ({ customerId }, _arguments, { customers }) => customers.load(customerId),
    signature: ({ requestId }, _arguments, { signatures }) => signatures.load(requestId),
    records: async ({ requestId }, _arguments, { records, accounts }) => {
      const rows = await records.load(requestId);
      const numbers = new Map(
        (await accounts.loadMany(rows.map((row) => row.billingAccountId))).map((account) => [
          account.id,
          account.accountNumber,
        ]),
      );
      return rows.toSorted((one, other) =>
        numbers.get(one.billingAccountId) < numbers.get(other.billingAccountId) ? -1 : 1,
      );
    },
  },
  BillingAccount: {
    customer: ({ customerId }, _arguments, { customers }) => customers.load(customerId),
    partnerOfRecord: ({ partnerId }, _arguments, { partners }) => partners.load(partnerId),
  },
};

const apollo = new ApolloServer({ typeDefs, resolvers });
await apollo.start();
const context = async () => ({
  accounts: byKey(Account, "id"),
  customers: byKey(Customer, "id"),
  partners: byKey(Partner, "id"),
  signatures: byKey(Signature, "requestId"),
  records: listsBy(Record, "requestId"),
  events: listsBy(Event, "recordId", { order: { sequence: "ASC" } }),
  notifications: listsBy(NotificationRecord, "recordId", {
    relations: { notification: true },
    order: { notification: { createdAt: "ASC", id: "ASC" } },
  }),
});
const app = express();
app.use("/graphql", express.json(), expressMiddleware(apollo, { context }));
const server = createServer(app).listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
