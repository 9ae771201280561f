// What the peers with a hand-written schema answer. There is no viewer: who asks says whose records it wants.
import { GraphQLScalarType } from "graphql";

export const typeDefs = `
  scalar DateTime
  type Query {
    cocpRecords(first: Int!, newPartnerId: ID, administrator: String): CocpRecordConnection!
    eligibleAccounts(first: Int!, administrator: String!): BillingAccountConnection!
    cocpRequest(requestId: String!): CocpRequest
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
    events: [CocpEvent!]!
    notifications: [Notification!]!
  }
  type CocpRequest {
    requestId: String!
    submittedAt: DateTime!
    respondBy: DateTime!
    expiresAt: DateTime!
    customer: Customer!
    signature: Signature!
    records: [CocpRecord!]!
  }
  type Signature { firstName: String! lastName: String! signedAt: DateTime! }
  type CocpEvent { type: String! occurredAt: DateTime! actor: String! }
  type Notification { kind: String! state: String! recipient: String! }
  type BillingAccountConnection { nodes: [BillingAccount!]! }
  type BillingAccount {
    id: ID!
    accountNumber: String!
    displayName: String!
    channel: String!
    customer: Customer!
    partnerOfRecord: Partner!
  }
  type Customer { id: ID! name: String! }
  type Partner { id: ID! pcn: String! organizationName: String! }
`;

export const DateTime = new GraphQLScalarType({ name: "DateTime", serialize: (value) => value.toISOString() });
