// The habit: graphql-ws with a queue and an execution for each subscriber, and no database at all. POST / publishes the
// event in the body.
import { createServer } from "node:http";
import { EventEmitter, on } from "node:events";
import { buildSchema } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";

const published = new EventEmitter().setMaxListeners(0);
const schema = buildSchema(`
  type BillingAccount { accountNumber: String! displayName: String! }
  type CocpRecord { id: ID! status: String! billingAccount: BillingAccount! }
  type CocpEvent { id: ID! cursor: String! type: String! occurredAt: String! requestId: String! status: String! record: CocpRecord! }
  type Query { none: String }
  type Subscription { cocpEvents: CocpEvent! }`);
schema.getSubscriptionType().getFields().cocpEvents.subscribe = async function* () {
  for await (const [event] of on(published, "event")) yield { cocpEvents: event };
};
const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  published.emit("event", JSON.parse(Buffer.concat(chunks).toString()));
  response.end();
});
useServer({ schema }, new WebSocketServer({ server, path: "/graphql", perMessageDeflate: false }));
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
