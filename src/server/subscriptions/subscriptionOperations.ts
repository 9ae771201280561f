import type { RequestContext } from "../../resolvers/requestContext";
import type { Delivery } from "../../services/feed/delivery";
import type { OperationPipeline, Subscription } from "../execution/operationPipeline";
import { maskError } from "../execution/maskError";
import { FeedAnswers, shared, type Answer, type Deliver } from "./subscriptionResponses";
import { passingCause } from "./retryableErrors";
import { sharingKey } from "./executionKey";

/**
 * Responds to the events of a subscription. An event is executed once for all subscribers of the same operation and rights, in a
 * context of its own, and once for each person if the response is personal.
 */
export function respondToEvents(
  pipeline: OperationPipeline,
  subscription: Subscription,
  deliver: Deliver,
): FeedAnswers {
  const { operation, values, variables, context, source, observed } = subscription;
  const { email } = context.viewer;
  const { document, definition } = operation;
  const { schema } = pipeline;
  const operationName = definition.name?.value;
  const key = sharingKey({ schema, document, operationName, variableValues: variables }, email);
  const answer = async (delivery: Delivery, eventContext: RequestContext): Promise<Answer> => {
    const result = await pipeline.execute(operation, { values, context: eventContext, root: delivery, observed });
    const passing = result.errors?.find((error) => passingCause([error]) !== null);
    if (passing !== undefined) throw passing; // the event is not delivered: the client comes back for it
    return { bytes: Buffer.from(JSON.stringify(result)), errors: result.errors };
  };
  /** Events that were read together and wait are answered together, so that their records are loaded together. */
  const answerTogether = (delivery: Delivery): Promise<Answer> => {
    const eventContext = context.as({ ...delivery.viewer, email }); // what is personal is the reader's own
    for (const next of source.ahead()) {
      if (next.viewer === delivery.viewer) {
        shared(next, key, email, () => answer(next, eventContext)).catch(() => undefined); // reported when it is delivered
      }
    }
    return answer(delivery, eventContext);
  };
  return new FeedAnswers({
    feed: source,
    tell: (delivery) => shared(delivery, key, email, () => answerTogether(delivery)),
    deliver,
    observed,
    mapError: (error) => maskError(error, observed.logger),
  });
}
