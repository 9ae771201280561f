import type { DatabaseClient } from "../db/postgres/databaseClient";

/** Attributes of a span. They never contain text of a client, or the name or address of a person. */
export type Facts = Readonly<Record<string, string | number | boolean>>;

/** A span of a trace. */
export interface Span {
  note(facts: Facts): void;
  /** It did not succeed; `code` says how, in a word. */
  fail(code: string): void;
}

export interface SpanStart {
  /** The other side: a client of ours, a server that we call, or a queue. */
  readonly kind: "server" | "client" | "consumer" | "internal";
  readonly facts?: Facts;
  /** The headers of a request, which may name the trace that it is part of. */
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
}

/** Tells a collector how long which work took, and what it was part of. */
export interface Tracing {
  /** Runs `work` as a span. Spans within it are its children. Errors pass through. */
  span<Result>(name: string, start: SpanStart, work: (span: Span) => Promise<Result>): Promise<Result>;
  /** The trace that the present work is part of; null: none. For the log. */
  traceId(): string | null;
  /** Connections to PostgreSQL that trace their statements; undefined: pg's own. */
  readonly Client: typeof DatabaseClient | undefined;
  /** Hands over what the collector has not got yet. */
  stop(): Promise<void>;
}

const untold: Span = { note: () => {}, fail: () => {} };

/** Tracing that is off: the work is done, and nothing else. */
export const noTracing: Tracing = {
  span: (_name, _start, work) => work(untold),
  traceId: () => null,
  Client: undefined,
  stop: async () => {},
};

/** Where traces go, and which share of those that begin here. */
export interface TracingOptions {
  /** Base address of an OTLP/HTTP collector. */
  readonly endpoint: string;
  readonly share: number;
}
