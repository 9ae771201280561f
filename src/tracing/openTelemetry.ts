import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span as OtelSpan,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { packageVersion } from "../paths";
import { errorCode } from "../errorCode";
import { createTracedClient } from "./tracedClient";
import type { Span, SpanStart, Tracing, TracingOptions } from "./tracing";

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

const propagator = new W3CTraceContextPropagator();

/**
 * Sends traces by OTLP over HTTP. The exporter also reads OpenTelemetry's own variables (headers, certificates,
 * timeout); OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES describe this process. A request that is part of a trace
 * is sampled if that trace is.
 *
 * Several may run in one process, as in tests: only the context manager is registered globally.
 */
export function startOpenTelemetry({ endpoint, share }: TracingOptions, process: string): Tracing {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()); // once; later ones are refused
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      "service.name": "changeover",
      "service.version": packageVersion(),
      "changeover.process": process,
    }).merge(detectResources({ detectors: [envDetector] })),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }) })],
  });
  const tracer = provider.getTracer("changeover", packageVersion());

  const span: Tracing["span"] = async (name, start, work) => {
    const parent = parentOf(start);
    const begun = tracer.startSpan(name, { kind: kinds[start.kind], attributes: start.facts }, parent);
    const told = spanOn(begun);
    try {
      return await context.with(trace.setSpan(parent, begun), () => work(told));
    } catch (error) {
      told.fail(codeOf(error));
      throw error;
    } finally {
      begun.end();
    }
  };
  return {
    span,
    traceId: () => trace.getActiveSpan()?.spanContext().traceId ?? null,
    Client: createTracedClient(span, () => trace.getActiveSpan()?.isRecording() === true),
    stop: () => provider.shutdown(),
  };
}

function parentOf({ headers }: SpanStart): Context {
  if (headers === undefined) return context.active();
  return propagator.extract(ROOT_CONTEXT, headers, {
    keys: (carrier) => Object.keys(carrier),
    get: (carrier, key) => carrier[key],
  });
}

function spanOn(begun: OtelSpan): Span {
  return {
    note: (facts) => void begun.setAttributes(facts),
    fail(code) {
      begun.setAttribute("error.type", code);
      begun.setStatus({ code: SpanStatusCode.ERROR });
    },
  };
}

/** The system's or PostgreSQL's code of an error, else its class. Not its message, which may hold what was asked. */
function codeOf(error: unknown): string {
  return errorCode(error) ?? (error instanceof Error ? error.name : "unknown");
}
