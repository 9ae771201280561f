import { Kind, type OperationDefinitionNode } from "graphql";
import type { Counter } from "prom-client";
import { errorCodeOf, type ErrorCode } from "../../domain/errorCodes";
import type { Logger } from "../../logger";
import type { RequestContext } from "../../resolvers/requestContext";
import type { Identity } from "../../services/directory/readViewer";
import { noTracing, type Facts, type Tracing } from "../../tracing/tracing";
import { LogLineLimit } from "./logLineLimit";
import type { Metrics } from "./metrics";
import { partiesOf, type Pseudonymize } from "./pseudonyms";

export type Transport = "http" | "websocket" | "event-stream";

interface ObservedError {
  readonly extensions?: { readonly [name: string]: unknown } | undefined;
}

interface Result {
  readonly errors?: readonly ObservedError[] | undefined;
}

/** Milliseconds from which on a query is logged at info. */
const slow = 1_000;
/** Characters of an operation's name, which comes from the client. */
const maxNameLength = 100;
/** Log lines about rejected operations. Metrics count all of them. */
const rejectedLinesPerSecond = 100;
const failureCodes: ReadonlySet<string> = new Set<ErrorCode>(["INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE"]);

export interface ObserverOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly pseudonymize: Pseudonymize;
  readonly tracing: Tracing;
}

/** Reports each operation to the log, the metrics and the traces. */
export class OperationObserver {
  readonly #options: ObserverOptions;
  readonly #rejectedLines: LogLineLimit;

  constructor(options: ObserverOptions) {
    this.#options = options;
    this.#rejectedLines = new LogLineLimit(rejectedLinesPerSecond, (omitted) =>
      options.logger.warn({ omitted }, "rejected operations were not logged"),
    );
  }

  /** Starts to observe an operation. Its transport and the pipeline set what they learn of it, and call `end`. */
  begin(transport: Transport, requestId: string): ObservedOperation {
    return new ObservedOperation(transport, requestId, this.#options, this.#rejectedLines);
  }
}

/**
 * One operation, from its arrival to its end. It logs mutations, subscriptions and downloads at info, and whatever
 * was rejected, failed or slow; other queries at debug, since they are by far the most. Never variables, arguments or
 * addresses: docs/decisions/0014-what-the-log-says-of-an-operation.md.
 */
export class ObservedOperation {
  /** Null before authentication. */
  viewer: RequestContext["viewer"] | Identity | null = null;
  /** Set it after validation: until then the names in a document are the client's. */
  operation: OperationDefinitionNode | null = null;
  /** Points. Null until computed. */
  cost: number | null = null;
  /** The kind of a download, which has no GraphQL operation. */
  download: string | null = null;
  readonly #start = performance.now();
  #requestLogger: Logger | null = null;
  /** Null unless it is a subscription that has begun. */
  #deliveries: number | null = null;
  /** Looked up once, since it counts every message to every subscriber. */
  #deliveryCounter: Counter.Internal | null = null;
  #isOver = false;

  constructor(
    private readonly transport: Transport,
    readonly requestId: string,
    private readonly options: ObserverOptions,
    private readonly rejectedLines: LogLineLimit,
  ) {}

  /** Logs with the request's id. */
  get logger(): Logger {
    return (this.#requestLogger ??= this.options.logger.child({ requestId: this.requestId }));
  }

  /** A subscription has begun. */
  subscribed(): void {
    const { metrics } = this.options;
    const { transport } = this;
    this.#deliveries = 0;
    this.#deliveryCounter = metrics.deliveries.labels({ transport });
    metrics.subscriptions.inc({ transport });
  }

  /** A response with these errors was sent to the subscriber. */
  delivered(errors: readonly ObservedError[] = []): void {
    if (this.#deliveries !== null) this.#deliveries += 1;
    for (const error of errors) this.options.metrics.errors.inc({ code: codeOf(error) });
    this.#deliveryCounter?.inc();
  }

  /** Runs the operation, or its response to one event, in a span. */
  within<R extends Result>(work: () => R | Promise<R>): R | Promise<R> {
    const { tracing } = this.options;
    if (tracing === noTracing) return work();
    return tracing.span(`${this.#type} ${this.#field}`, { kind: "internal", facts: this.#facts() }, async (span) => {
      const result = await work();
      const codes = (result.errors ?? []).map(codeOf);
      if (codes.length > 0) span.note({ "changeover.codes": codes.join(" ") });
      const failure = codes.find((code) => failureCodes.has(code));
      if (failure !== undefined) span.fail(failure);
      return result;
    });
  }

  /** The operation has ended with these errors in its response. Calls after the first are ignored. */
  end(errors: readonly ObservedError[] = []): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const milliseconds = performance.now() - this.#start;
    const codes = errors.map(codeOf);
    const outcome = outcomeOf(codes);
    this.#count(milliseconds / 1_000, codes, outcome);
    this.#log(milliseconds, codes, outcome);
  }

  #count(seconds: number, codes: readonly string[], outcome: string): void {
    const { metrics } = this.options;
    const type = this.#type;
    metrics.operations.inc({ transport: this.transport, type, outcome });
    for (const code of codes) metrics.errors.inc({ code });
    if (this.cost !== null) metrics.cost.observe({ type }, this.cost);
    if (this.#deliveries !== null) metrics.subscriptions.dec({ transport: this.transport });
    else metrics.operationDuration.observe({ type, field: this.#field }, seconds);
  }

  #log(milliseconds: number, codes: readonly string[], outcome: string): void {
    const { logger, pseudonymize, tracing } = this.options;
    const isQuiet = outcome === "ok" && this.#type === "query" && milliseconds < slow;
    const level = isQuiet ? "debug" : "info";
    if (!logger.isLevelEnabled(level)) return;
    if (outcome === "refused" && !this.rejectedLines.take()) return;
    const traceId = tracing.traceId();
    const line = {
      requestId: this.requestId,
      ...(traceId !== null && { traceId }),
      transport: this.transport,
      ...(this.viewer && { viewer: pseudonymize(this.viewer.email), parties: partiesOf(this.viewer) }),
      type: this.#type,
      name: this.#name,
      field: this.#field,
      ...(this.cost !== null && { cost: this.cost }),
      ...(this.#deliveries !== null && { deliveries: this.#deliveries }),
      milliseconds: Math.round(milliseconds * 10) / 10,
      outcome,
      ...(codes.length > 0 && { codes: [...new Set(codes)] }),
    };
    logger[level](line, "operation");
  }

  #facts(): Facts {
    return {
      "changeover.request_id": this.requestId,
      "changeover.transport": this.transport,
      "graphql.operation.type": this.#type,
      ...(this.#name !== undefined && { "graphql.operation.name": this.#name }),
      ...(this.viewer && { "changeover.viewer": this.options.pseudonymize(this.viewer.email) }),
      ...(this.cost !== null && { "changeover.cost": this.cost }),
    };
  }

  get #type(): string {
    return this.download !== null ? "download" : (this.operation?.operation ?? "none");
  }

  get #name(): string | undefined {
    return this.operation?.name?.value.slice(0, maxNameLength);
  }

  /** The root field. Unlike names, fields are bounded by the schema. */
  get #field(): string {
    return this.download ?? (this.operation === null ? "none" : rootFieldOf(this.operation));
  }
}

/** The code of an error, as a label: one of ours, so that their number is bounded. */
function codeOf(error: ObservedError): string {
  return errorCodeOf(error) ?? "OTHER";
}

function outcomeOf(codes: readonly string[]): "ok" | "refused" | "failed" {
  if (codes.length === 0) return "ok";
  return codes.some((code) => failureCodes.has(code)) ? "failed" : "refused";
}

function rootFieldOf({ selectionSet }: OperationDefinitionNode): string {
  const [first, ...others] = selectionSet.selections;
  return first?.kind === Kind.FIELD && others.length === 0 ? first.name.value : "several";
}
