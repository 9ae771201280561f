import type { IncomingMessage, ServerResponse } from "node:http";
import type { ExecutionResult, OperationDefinitionNode } from "graphql";
import type { Authenticate } from "../auth/authenticate";
import type { OperationPipeline, Outcome } from "../execution/operationPipeline";
import { RequestError } from "../execution/operationRequest";
import type { OperationObserver } from "../observability/operationObserver";
import { requestIdIn } from "./requestId";
import type { Route } from "./route";
import type { ErrorResponses } from "./errorResponses";
import { readJsonBody } from "./requestBody";
import { paramsInUrl } from "./requestUrl";
import { acceptedType, answer, isLegacyClient, responseType, retryAfterOf, statusOfResult } from "./responses";

export interface GraphqlEndpointOptions {
  readonly pipeline: OperationPipeline;
  readonly observer: OperationObserver;
  readonly errorResponses: ErrorResponses;
  readonly authenticate: Authenticate;
}

/** GraphQL over HTTP: POST, and GET and HEAD for queries with a header that makes browsers ask first. */
export class GraphqlEndpoint implements Route {
  readonly methods = ["GET", "HEAD", "POST"];
  readonly path = "/graphql";
  readonly #options: GraphqlEndpointOptions;

  constructor(options: GraphqlEndpointOptions) {
    this.#options = options;
  }

  readonly handle: Route["handle"] = async (request, response, url) => {
    const { observer, authenticate, pipeline, errorResponses } = this.#options;
    const observed = observer.begin("http", requestIdIn(response));
    try {
      const caller = await authenticate(request.headers.authorization, request);
      const isPost = request.method === "POST";
      const outcome = await pipeline.run(
        {
          read() {
            responseType(request.headers.accept); // a client that would not take the response is rejected first
            return isPost ? readJsonBody(request) : paramsInUrl(request, url.query);
          },
          verify: isPost ? rejectSubscription : rejectAllButQueries,
          hasLeft: () => response.destroyed,
          observed,
        },
        caller,
      );
      await this.#respond(request, response, outcome);
    } catch (error) {
      observed.end(await errorResponses.send(response, error, observed.logger));
    }
  };

  async #respond({ headers }: IncomingMessage, response: ServerResponse, outcome: Outcome): Promise<void> {
    switch (outcome.kind) {
      case "result": {
        const { result } = outcome;
        const { errors = [] } = result;
        const type = responseType(headers.accept);
        return answer(response, statusOfResult(errors), type, stringify(result), retryAfterOf(errors));
      }
      case "rejected": {
        const { isMalformed } = outcome;
        const status = !isMalformed && outcome.status === 400 && isLegacyClient(headers.accept) ? 200 : outcome.status;
        const type = acceptedType(headers.accept) ?? undefined;
        return await this.#options.errorResponses.sendRejection(response, { ...outcome, status }, type);
      }
      case "subscription": // `verify` rejects them
      case "abandoned":
        return void response.destroy();
      default:
        return outcome satisfies never;
    }
  }
}

function stringify({ data, errors, extensions }: ExecutionResult): string {
  return `${JSON.stringify({ errors, data, extensions })}\n`;
}

function rejectSubscription({ operation }: OperationDefinitionNode): void {
  if (operation !== "subscription") return;
  const message = "Subscribe over a WebSocket (graphql-transport-ws) at this path, or by POST to /graphql/stream.";
  throw new RequestError("BAD_USER_INPUT", message);
}

function rejectAllButQueries({ operation }: OperationDefinitionNode): void {
  if (operation === "query") return;
  throw new RequestError("METHOD_NOT_ALLOWED", `Send a ${operation} by POST.`, { allow: "POST" });
}
