// The habit: Apollo Server on Express, TypeORM repositories, and a DataLoader for each relation.
import "reflect-metadata";
import { createServer } from "node:http";
import { ApolloServer } from "@apollo/server";
import { expressMiddleware } from "@as-integrations/express5";
import DataLoader from "dataloader";
import express from "express";
import pg from "pg";
import { DataSource, EntitySchema, In } from "typeorm";
import { DateTime, typeDefs } from "./schema.mjs";

pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

const uuid = { type: "uuid" };
const text = { type: "text" };
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
  },
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
    submittedAt: { type: "timestamptz", name: "submitted_at" },
    billingAccountId: { ...uuid, name: "billing_account_id" },
    oldPartnerId: { ...uuid, name: "old_partner_id" },
    newPartnerId: { ...uuid, name: "new_partner_id" },
  },
});

const entities = [Role, Account, Partner, Record];
const dataSource = new DataSource({ type: "postgres", url: process.env.DATABASE_URL, poolSize: 10, entities });
await dataSource.initialize();
const repository = (entity) => dataSource.getRepository(entity);

const byId = (entity) =>
  new DataLoader(async (ids) => {
    const rows = await repository(entity).findBy({ id: In(ids) });
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => found.get(id));
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
  },
  CocpRecord: {
    request: ({ requestId, submittedAt }) => ({ requestId, submittedAt }),
    billingAccount: ({ billingAccountId }, _arguments, { accounts }) => accounts.load(billingAccountId),
    oldPartner: ({ oldPartnerId }, _arguments, { partners }) => partners.load(oldPartnerId),
    newPartner: ({ newPartnerId }, _arguments, { partners }) => partners.load(newPartnerId),
  },
};

const apollo = new ApolloServer({ typeDefs, resolvers });
await apollo.start();
const context = async () => ({ accounts: byId(Account), partners: byId(Partner) });
const app = express();
app.use("/graphql", express.json(), expressMiddleware(apollo, { context }));
const server = createServer(app).listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
