import type { ServerResponse } from "node:http";
import type { GraphQLFormattedError } from "graphql";
import type { Logger } from "../../logger";
import type { WaitForSlot } from "../overload/fairScheduler";
import { rejectionOf, type Rejection } from "../execution/operationPipeline";
import { answer, retryAfterOf } from "./responses";

/** Writes error responses: JSON with the errors of GraphQL, at every path. */
export class ErrorResponses {
  readonly #waitForSlot: WaitForSlot;

  constructor(waitForSlot: WaitForSlot) {
    this.#waitForSlot = waitForSlot;
  }

  /** Responds to a request that failed before an operation ran. Returns the errors that the client gets. */
  async send(response: ServerResponse, error: unknown, logger: Logger): Promise<readonly GraphQLFormattedError[]> {
    const rejection = rejectionOf(error, { logger });
    await this.sendRejection(response, rejection);
    return rejection.errors;
  }

  /** Responds with a rejection. 4xx responses wait for a slot of the address, so that retry loops are throttled. */
  async sendRejection(
    response: ServerResponse,
    { status, errors, headers }: Omit<Rejection, "kind" | "isMalformed">,
    contentType = "application/json; charset=utf-8",
  ): Promise<void> {
    if (status >= 400 && status < 500) await this.#waitForSlot(response.req, () => response.destroyed);
    if (response.destroyed) return;
    const challenge: Record<string, string> = status === 401 ? { "www-authenticate": 'Bearer realm="changeover"' } : {};
    const body = `${JSON.stringify({ errors })}\n`;
    answer(response, status, contentType, body, { ...challenge, ...retryAfterOf(errors), ...headers });
  }
}
