import { Kind, type OperationDefinitionNode } from "graphql";
import type { RequestContext } from "../../resolvers/requestContext";
import type { Logger } from "../../logger";
import type { Identity } from "../../services/directory/readViewer";
import { noTracing, type Facts, type Tracing } from "../../tracing/tracing";
import type { ServiceMetrics } from "./metrics";
import { LogLineLimit } from "./logLineLimit";
import { partiesOf, type ViewerName } from "./pseudonyms";

export type Transport = "http" | "websocket" | "event-stream";

type Person = RequestContext["viewer"] | Identity;

/** An error of an answer, as far as it is looked at. */
interface ToldError {
  readonly extensions?: { readonly [name: string]: unknown } | undefined;
}

interface Outcome {
  readonly errors?: readonly ToldError[] | undefined;
}

/** Milliseconds from which on a query is worth a line of its own. */
const slow = 1_000;
/** Characters of an operation's name, which is the caller's. */
const maxName = 100;
/** Lines on refused operations, at most: who is refused may ask as often as it likes, and the metrics count it all. */
const refusalsASecond = 100;
/** Codes whose cause is on our side. */
const failures = new Set(["INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE"]);
/** Codes are ours, and so few; a hundred are more than there will ever be. */
const maxCodes = 100;

/** Takes note of operations: what became of each goes to the log and to the metrics. */
export interface OperationObserver {
  /** An operation has come in. Whoever runs it fills in what it gets to know, and calls `end` once. */
  begin(transport: Transport, requestId: string): ObservedOperation;
}

/** One operation, from its arrival to its end. */
export interface ObservedOperation {
  /** The log, with the request's id on each line. */
  readonly logger: Logger;
  readonly requestId: string;
  /** Who asks; null: not known (yet). */
  viewer: Person | null;
  /** Set it once the document was validated: a name and a field of a document that is not valid are anybody's. */
  operation: OperationDefinitionNode | null;
  /** Points; null: not computed. */
  cost: number | null;
  /** For what is no GraphQL operation: a download. */
  download: string | null;
  /** A subscription has begun; it lasts until `end`. */
  subscribed(): void;
  /** One answer, with these errors in it, was handed to the subscriber. */
  delivered(errors?: readonly ToldError[]): void;
  /** Runs it, or its answer to one event: what is done within is part of its span, if traces are told. */
  within<Result extends Outcome>(work: () => Result | Promise<Result>): Result | Promise<Result>;
  /** It is over, with these errors in the answer. Only the first call counts. */
  end(errors?: readonly ToldError[]): void;
}

interface ObserverParts {
  readonly logger: Logger;
  readonly metrics: ServiceMetrics;
  readonly viewerName: ViewerName;
  readonly tracing: Tracing;
}

/**
 * Lines at info for mutations, subscriptions, downloads, and whatever was refused, failed or was slow; at debug for the
 * other queries, which are the many. No variables, no arguments, no address: see docs/decisions.
 */
export function createOperationObserver({ logger, metrics, viewerName, tracing }: ObserverParts): OperationObserver {
  const deliveriesOver = (transport: Transport) => metrics.deliveries.labels({ transport });
  /** Looked up once: they count every message to every subscriber. */
  const deliveries = {
    http: deliveriesOver("http"),
    websocket: deliveriesOver("websocket"),
    "event-stream": deliveriesOver("event-stream"),
  };
  const refusals = new LogLineLimit(refusalsASecond, (omitted) =>
    logger.warn({ omitted }, "operations were refused without a line of their own"),
  );
  const codesSeen = new Set<string>();
  const bounded = (code: unknown) => {
    if (typeof code !== "string") return "NONE";
    if (codesSeen.size < maxCodes) codesSeen.add(code);
    return codesSeen.has(code) ? code : "OTHER";
  };
  const codesOf = (errors: readonly ToldError[]) => errors.map(({ extensions }) => bounded(extensions?.["code"]));

  class Observed implements ObservedOperation {
    viewer: Person | null = null;
    operation: OperationDefinitionNode | null = null;
    cost: number | null = null;
    download: string | null = null;
    readonly #began = performance.now();
    #logger: Logger | null = null;
    #deliveries: number | null = null;
    #isOver = false;

    constructor(
      readonly transport: Transport,
      readonly requestId: string,
    ) {}

    get logger(): Logger {
      this.#logger ??= logger.child({ requestId: this.requestId });
      return this.#logger;
    }

    subscribed(): void {
      this.#deliveries = 0;
      metrics.subscriptions.inc({ transport: this.transport });
    }

    delivered(errors: readonly ToldError[] = []): void {
      if (this.#deliveries !== null) this.#deliveries += 1;
      if (errors.length > 0) for (const code of codesOf(errors)) metrics.errors.inc({ code });
      deliveries[this.transport].inc();
    }

    within<Result extends Outcome>(work: () => Result | Promise<Result>): Result | Promise<Result> {
      if (tracing === noTracing) return work();
      return tracing.span(`${this.#type} ${this.#field}`, { kind: "internal", facts: this.#facts() }, async (span) => {
        const result = await work();
        const codes = codesOf(result.errors ?? []);
        if (codes.length > 0) span.note({ "changeover.codes": codes.join(" ") });
        if (outcomeOf(codes) === "failed") span.fail(codes.find((code) => failures.has(code)) ?? "NONE");
        return result;
      });
    }

    #facts(): Facts {
      return {
        "changeover.request_id": this.requestId,
        "changeover.transport": this.transport,
        "graphql.operation.type": this.#type,
        ...(this.operation?.name && { "graphql.operation.name": this.operation.name.value.slice(0, maxName) }),
        ...(this.viewer && { "changeover.viewer": viewerName(this.viewer.email) }),
        ...(this.cost !== null && { "changeover.cost": this.cost }),
      };
    }

    end(errors: readonly ToldError[] = []): void {
      if (this.#isOver) return;
      this.#isOver = true;
      const milliseconds = performance.now() - this.#began;
      const codes = codesOf(errors);
      const outcome = outcomeOf(codes);
      this.#count(milliseconds / 1_000, codes, outcome);
      this.#log(milliseconds, codes, outcome);
    }

    #count(seconds: number, codes: readonly string[], outcome: string): void {
      const type = this.#type;
      metrics.operations.inc({ transport: this.transport, type, outcome });
      for (const code of codes) metrics.errors.inc({ code });
      if (this.cost !== null) metrics.cost.observe({ type }, this.cost);
      if (this.#deliveries !== null) metrics.subscriptions.dec({ transport: this.transport });
      else metrics.operationDuration.observe({ type, field: this.#field }, seconds);
    }

    #log(milliseconds: number, codes: readonly string[], outcome: string): void {
      const type = this.#type;
      const isQuiet = outcome === "ok" && type === "query" && milliseconds < slow;
      const level = isQuiet ? "debug" : "info";
      if (!logger.isLevelEnabled(level)) return;
      if (outcome === "refused" && !refusals.take()) return;
      const traceId = tracing.traceId();
      logger[level](
        {
          requestId: this.requestId,
          ...(traceId !== null && { traceId }),
          transport: this.transport,
          ...(this.viewer && { viewer: viewerName(this.viewer.email), parties: partiesOf(this.viewer) }),
          type,
          name: this.operation?.name?.value.slice(0, maxName),
          field: this.#field,
          ...(this.cost !== null && { cost: this.cost }),
          ...(this.#deliveries !== null && { deliveries: this.#deliveries }),
          milliseconds: Math.round(milliseconds * 10) / 10,
          outcome,
          ...(codes.length > 0 && { codes: [...new Set(codes)] }),
        },
        "operation",
      );
    }

    get #type(): string {
      return this.download !== null ? "download" : (this.operation?.operation ?? "none");
    }

    /** The root field, of which there are as many as the schema has: unlike names, which are the caller's. */
    get #field(): string {
      return this.download ?? (this.operation === null ? "none" : rootFieldOf(this.operation));
    }
  }

  return { begin: (transport, requestId) => new Observed(transport, requestId) };
}

function outcomeOf(codes: readonly string[]): "ok" | "refused" | "failed" {
  if (codes.length === 0) return "ok";
  return codes.some((code) => failures.has(code)) ? "failed" : "refused";
}

function rootFieldOf({ selectionSet }: OperationDefinitionNode): string {
  const [first, ...others] = selectionSet.selections;
  return first?.kind === Kind.FIELD && others.length === 0 ? first.name.value : "several";
}
