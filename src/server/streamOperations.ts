import { createSourceEventStream, type ExecutionArgs, GraphQLError, type ExecutionResult } from "graphql";
import type { SubscribePayload } from "graphql-ws";
import type { RequestContext } from "../resolvers/requestContext";
import type { Delivery } from "../services/feedDelivery";
import type { Feed } from "../services/feedSubscriber";
import type { Paid } from "../services/rateLimits";
import type { Caller } from "./callers";
import { FeedAnswers, shared, type Answer, type Deliver } from "./feedAnswers";
import type { ObservedOperation } from "./operationObserver";
import { maskAll, masked, type Execution, type Operation, type Operations } from "./operations";
import { passingCause } from "./passingErrors";
import { sharingKey } from "./sharingKey";
import type { Turns } from "./fairTurns";

/** What is asked on a socket or an event stream. Both protocols want a `query`: an empty one beside a `documentId`. */
export type StreamedRequest = SubscribePayload & { readonly documentId?: unknown };

/**
 * How operations on a socket or an event stream are prepared and run. An event is executed once for all subscribers of the
 * same operation and rights, in a context of its own; once for each person, if it is told something personal.
 */
export function createStreamOperations(
  operations: Operations,
  contextOf: (identity: Caller) => Promise<RequestContext>,
  turns: Turns,
) {
  return {
    async prepare(
      identity: Caller,
      { query: asText, documentId, operationName, variables }: StreamedRequest,
      observed: ObservedOperation,
    ) {
      observed.viewer = identity;
      const { payer } = identity;
      const refuse = (errors: GraphQLError[]) => {
        observed.end(errors);
        return errors;
      };
      const refuseUnread = async (errors: GraphQLError[]) => {
        await payer.payRefused();
        return refuse(errors);
      };
      try {
        payer.verifyMayCall();
        const asked = operations.asked(asText, documentId, observed);
        if (asked instanceof GraphQLError) return await refuseUnread([asked]);
        const query = String(asked);
        const isNew = operations.recall(query, operationName) === undefined;
        if (isNew) await turns.next(identity.address);
        const operation = operations.prepare(query, operationName, observed);
        if (Array.isArray(operation)) return await refuseUnread(operation);
        const values = operations.coerce(operation, variables, observed);
        if (Array.isArray(values)) return await refuseUnread(values);
        const paid = await operations.pay(payer, observed);
        if (paid instanceof GraphQLError) return refuse([paid]);
        const contextValue = await contextOf(identity);
        if (isNew) await turns.next(identity.address); // reading it was one piece of work, compiling it is another
        observed.viewer = contextValue.viewer;
        const { schema } = operations;
        const { document } = operation;
        return {
          schema,
          document,
          operationName,
          variableValues: variables,
          contextValue,
          operation,
          values,
          observed,
          paid,
        };
      } catch (error) {
        return refuse([masked(error, observed)]);
      }
    },
    async execute(prepared: ExecutionArgs) {
      const args = prepared as StreamArgs;
      const result = await run(operations, args, undefined, args.contextValue);
      args.observed.end(result.errors);
      return { ...result, extensions: { cost: args.paid } };
    },
    async subscribe(prepared: ExecutionArgs) {
      const args = prepared as StreamArgs;
      const source = await createSourceEventStream(args);
      if (!isFeed(source)) {
        const refused = maskAll(source as ExecutionResult, args.observed);
        args.observed.end(refused.errors);
        return refused;
      }
      const { email } = args.contextValue.viewer;
      const operation = sharingKey(args, email);
      const answer = async (delivery: Delivery, context: RequestContext): Promise<Answer> => {
        const result = await run(operations, args, delivery, context);
        const passing = result.errors?.find((error) => passingCause([error]) !== null);
        if (passing !== undefined) throw passing; // the event is not told: the client comes back for it
        return { bytes: Buffer.from(JSON.stringify(result)), errors: result.errors };
      };
      // What was read together and waits is answered together: what the answers need is then loaded together.
      const answerTogether = (delivery: Delivery): Promise<Answer> => {
        const context = args.contextValue.as({ ...delivery.viewer, email }); // what is personal is the reader's own
        for (const next of source.ahead()) {
          if (next.viewer === delivery.viewer) {
            shared(next, operation, email, () => answer(next, context)).catch(() => undefined); // told when its turn comes
          }
        }
        return answer(delivery, context);
      };
      return new FeedAnswers({
        feed: source,
        tell: (delivery) => shared(delivery, operation, email, () => answerTogether(delivery)),
        deliver: args.deliver,
        observed: args.observed,
        mapError: (error) => masked(error, args.observed),
      });
    },
  };
}

function run(operations: Operations, args: StreamArgs, root: unknown, context: RequestContext) {
  const { operation, values, observed } = args;
  return operations.execute(operation, { values, context, root, observed });
}

/** What an operation is run with: what `prepare` gave. */
export interface StreamArgs extends ExecutionArgs {
  readonly contextValue: RequestContext;
  readonly operation: Operation;
  readonly values: Execution["values"];
  /** Takes the answers of a subscription. */
  readonly deliver: Deliver;
  readonly observed: ObservedOperation;
  readonly paid: Paid;
}

function isFeed(source: AsyncIterable<unknown> | ExecutionResult): source is Feed {
  return "take" in source;
}
