import type { RequestContext } from "../../resolvers/requestContext";
import type { Delivery } from "../../services/feed/delivery";
import type { OperationPipeline, Subscription } from "../execution/operationPipeline";
import { maskError } from "../execution/maskError";
import { SubscriptionResponses, type EventResponse, type ResponseWriter } from "./subscriptionResponses";
import { retryableCode } from "./retryableErrors";
import { executionKey, shareExecution } from "./sharedExecution";

/**
 * Responds to the events of a subscription. Subscribers with the same operation and rights share one execution of an
 * event; a personal response is executed for each viewer.
 */
export function respondToEvents(
  pipeline: OperationPipeline,
  subscription: Subscription,
  writer: ResponseWriter,
): SubscriptionResponses {
  const { operation, values, variables, context, source, observed } = subscription;
  const { email } = context.viewer;
  const { document, definition } = operation;
  const operationName = definition.name?.value;
  const args = { schema: pipeline.schema, document, operationName, variableValues: variables };
  const key = executionKey(args, email);
  const execute = async (delivery: Delivery, eventContext: RequestContext): Promise<EventResponse> => {
    const result = await pipeline.execute(operation, { values, context: eventContext, root: delivery, observed });
    const retryable = result.errors?.find((error) => retryableCode([error]) !== null);
    if (retryable !== undefined) throw retryable; // the client reconnects and gets the event then
    return { bytes: Buffer.from(JSON.stringify(result)), errors: result.errors };
  };
  /** Executes an event and those behind it in one context, so that their records are loaded together. */
  const executeWithNext = (delivery: Delivery): Promise<EventResponse> => {
    const eventContext = context.as({ ...delivery.viewer, email }); // personal fields need the subscriber's own address
    for (const next of source.ahead()) {
      if (next.viewer !== delivery.viewer) continue;
      shareExecution(next, key, email, () => execute(next, eventContext)).catch(() => undefined); // reported on delivery
    }
    return execute(delivery, eventContext);
  };
  return new SubscriptionResponses({
    feed: source,
    execute: (delivery) => shareExecution(delivery, key, email, () => executeWithNext(delivery)),
    writer,
    observed,
    maskError: (error) => maskError(error, observed.logger),
  });
}
