import type { ApolloServerPlugin } from "@apollo/server";
import { GraphQLError, GraphQLInt, GraphQLObjectType, GraphQLSchema } from "graphql";
import { createLogger } from "../../../src/logger";
import type { RequestContext } from "../../../src/resolvers/requestContext";
import type { Caller } from "../../../src/server/auth/authenticate";
import { createApolloServer, type ApolloContext } from "../../../src/server/execution/apolloServer";
import { OperationCache } from "../../../src/server/execution/operationCache";
import { OperationPipeline } from "../../../src/server/execution/operationPipeline";
import { FairScheduler } from "../../../src/server/overload/fairScheduler";
import { OperationObserver } from "../../../src/server/observability/operationObserver";
import { createMetrics } from "../../../src/server/observability/metrics";
import { createPseudonymize } from "../../../src/server/observability/pseudonyms";
import { noTracing } from "../../../src/tracing/tracing";

let count = 0;
const add = { type: GraphQLInt, resolve: () => (count += 1) };
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: "Query", fields: { count: { type: GraphQLInt, resolve: () => count } } }),
  mutation: new GraphQLObjectType({ name: "Mutation", fields: { add } }),
});

const logger = createLogger("silent", "json");
const viewer = { email: "ann@example.com" };
const caller = {
  ...viewer,
  address: "192.0.2.1",
  payer: {
    payRequest: async () => {},
    pay: async (points: number) => ({ points, remaining: 1, resetIn: 1 }),
    payRefused: async () => {},
    verifyMayCall: () => {},
  },
} as unknown as Caller;

/** The steps that the plugins of Apollo Server see of the operations that are run. */
function startPipeline(rejects: (source: string | undefined) => boolean = () => false) {
  const steps: string[] = [];
  const plugin: ApolloServerPlugin<ApolloContext> = {
    requestDidStart: async () => ({
      parsingDidStart: async () => void steps.push("parsing"),
      didResolveOperation: async ({ source }) => {
        if (rejects(source)) throw new GraphQLError("Not now.", { extensions: { code: "FORBIDDEN" } });
      },
      willSendResponse: async ({ operation, contextValue, response }) => {
        steps.push(`${operation?.operation} of ${contextValue.context.viewer.email}`);
        if (response.body.kind === "single") response.body.singleResult.extensions = { seen: true };
      },
    }),
  };
  const operations = new OperationCache(schema);
  const apollo = createApolloServer(operations, logger);
  apollo.addPlugin(plugin);
  const pipeline = new OperationPipeline({
    operations,
    apollo,
    trusted: null,
    scheduler: new FairScheduler(),
    contextOf: async () => ({ viewer }) as RequestContext,
  });
  const observer = new OperationObserver({
    logger,
    metrics: createMetrics(),
    pseudonymize: createPseudonymize("any"),
    tracing: noTracing,
  });
  const run = (query: string) =>
    pipeline.run({ read: () => ({ query }), observed: observer.begin("websocket", "1") }, caller);
  return { run, steps, stop: () => apollo.stop() };
}

test("a plugin of Apollo Server sees each query and mutation with its viewer, and may add to the response; documents are parsed once, before it", async () => {
  const { run, steps, stop } = startPipeline();
  for (const query of ["{ count }", "mutation { add }", "{ count }"]) {
    const outcome = await run(query);
    expect(outcome).toMatchObject({ kind: "result", result: { extensions: { seen: true, cost: {} } } });
  }
  expect(steps).toEqual(["query of ann@example.com", "mutation of ann@example.com", "query of ann@example.com"]);
  await stop();
});

test("what a plugin of Apollo Server rejects is not executed", async () => {
  const { run, stop } = startPipeline((source) => source?.startsWith("mutation") === true);
  const before = count;
  expect(await run("mutation { add }")).toMatchObject({
    kind: "rejected",
    status: 403,
    errors: [{ message: "Not now.", extensions: { code: "FORBIDDEN" } }],
  });
  expect(count).toBe(before);
  expect(await run("{ count }")).toMatchObject({ kind: "result", result: { data: { count: before } } });
  await stop();
});
