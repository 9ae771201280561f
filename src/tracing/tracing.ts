import type { DatabaseClient } from "../db/postgres/databaseClient";

/** What is known of a piece of work: never a text of a caller's, a name or an address of a person. */
export type Facts = Readonly<Record<string, string | number | boolean>>;

/** A piece of work that is being traced. */
export interface Span {
  note(facts: Facts): void;
  /** It did not succeed; `code` says how, in a word. */
  fail(code: string): void;
}

export interface SpanStart {
  /** Whom the work is done for: a caller of ours, a server that we call, or a queue. */
  readonly kind: "server" | "client" | "consumer" | "internal";
  readonly facts?: Facts;
  /** The headers of a request, which may name the trace that it is part of. */
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
}

/** Tells a collector how long which work took, and what it was part of. */
export interface Tracing {
  /** Does a piece of work, and what it does in turn is part of it. An error of the work passes through. */
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
