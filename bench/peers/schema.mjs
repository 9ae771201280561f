// What the peers with a hand-written schema answer. There is no viewer: who asks says whose records it wants.
import { GraphQLScalarType } from "graphql";

export const typeDefs = `
  scalar DateTime
  type Query {
    cocpRecords(first: Int!, newPartnerId: ID, administrator: String): CocpRecordConnection!
  }
  type CocpRecordConnection { nodes: [CocpRecord!]! }
  type CocpRecord {
    id: ID!
    status: String!
    effectiveDate: String!
    request: CocpRequest!
    billingAccount: BillingAccount!
    oldPartner: Partner!
    newPartner: Partner!
  }
  type CocpRequest { requestId: String! submittedAt: DateTime! }
  type BillingAccount { id: ID! accountNumber: String! displayName: String! }
  type Partner { id: ID! pcn: String! organizationName: String! }
`;

export const DateTime = new GraphQLScalarType({ name: "DateTime", serialize: (value) => value.toISOString() });
