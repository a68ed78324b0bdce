import type { TestContext } from 'node:test';
import { type Outcome, requestToJson, type Signal } from '@otelier/otlp';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { createHttpServer } from '@otelier/transport/http-server';
import { httpOutcome } from '@otelier/transport/portable';

/** A span in OTLP/JSON. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly [field: string]: unknown;
}

/** A log record in OTLP/JSON. */
export interface ReceivedLog {
  readonly body?: { readonly stringValue?: string };
  readonly [field: string]: unknown;
}

/** A metric in OTLP/JSON. */
export interface ReceivedMetric {
  readonly name: string;
  readonly description?: string;
  readonly unit?: string;
  readonly gauge?: ReceivedMetricData;
  readonly sum?: ReceivedMetricData;
  readonly histogram?: ReceivedMetricData;
  readonly exponentialHistogram?: ReceivedMetricData;
}

/** A metric's data, whatever its kind. */
export interface ReceivedMetricData {
  readonly aggregationTemporality?: number;
  readonly isMonotonic?: boolean;
  readonly dataPoints: readonly Readonly<Record<string, unknown>>[];
}

/** The items of one resource and scope, without the default resource attributes. */
export interface ReceivedScope<T = ReceivedSpan> {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: Readonly<Record<string, unknown>>;
  readonly items: readonly T[];
}

/** An HTTP server that records telemetry. */
export interface Sink {
  readonly url: string;
  readonly handler: RecordingHandler;
  /** Returns the received spans by scope, in order. */
  scopes(): readonly ReceivedScope[];
  /** Returns the received spans. */
  spans(): readonly ReceivedSpan[];
  /** Returns the received log records by scope, in order. */
  logScopes(): readonly ReceivedScope<ReceivedLog>[];
  /** Returns the received log records. */
  logs(): readonly ReceivedLog[];
  /** Returns the received metrics by scope, in order. */
  metricScopes(): readonly ReceivedScope<ReceivedMetric>[];
  /** Returns the received metrics. */
  metrics(): readonly ReceivedMetric[];
}

/** Starts a sink for the test. Pages from the given origins may send to it, including an `x-tenant` header. */
export async function startSink(t: TestContext, allowedOrigins: readonly string[] = []): Promise<Sink> {
  const handler = createRecordingHandler();
  const options = { endpoint: '127.0.0.1:0', keepAlive: true, cors: { allowedOrigins, allowedHeaders: ['x-tenant'] } };
  const server = await createHttpServer(options, handler);
  t.after(() => server.shutdown(0));
  const scopes = <T>(expected: Signal) =>
    handler.requests
      .filter(({ signal }) => signal === expected)
      .flatMap(({ signal, encoding, body }) => {
        const json = encoding === 'json' ? Buffer.from(body).toString() : requestToJson(signal, body);
        return scopesOf<T>(JSON.parse(json), LEVELS[expected]);
      });
  return {
    url: `http://${server.address}`,
    handler,
    scopes: () => scopes<ReceivedSpan>('traces'),
    spans: () => scopes<ReceivedSpan>('traces').flatMap(({ items }) => items),
    logScopes: () => scopes<ReceivedLog>('logs'),
    logs: () => scopes<ReceivedLog>('logs').flatMap(({ items }) => items),
    metricScopes: () => scopes<ReceivedMetric>('metrics'),
    metrics: () => scopes<ReceivedMetric>('metrics').flatMap(({ items }) => items),
  };
}

/** Returns an outcome for a response with this status and message. */
export function responseOutcome(status: number, message = ''): Outcome {
  const body = new TextEncoder().encode(message);
  const response = { status, contentType: 'text/plain', retryAfter: undefined, body };
  return httpOutcome(response, 0, { partialSuccess: () => undefined, message: () => message });
}

type Json = Readonly<Record<string, unknown>>;

/** The names of a request's levels in OTLP/JSON. */
const LEVELS: Readonly<Record<Signal, readonly [resource: string, scope: string, items: string]>> = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  profiles: ['resourceProfiles', 'scopeProfiles', 'profiles'],
};

function scopesOf<T>(
  request: Json,
  [resources, scopes, itemsName]: readonly [string, string, string],
): readonly ReceivedScope<T>[] {
  return (request[resources] as readonly Json[]).flatMap(({ resource, [scopes]: inner, ...level }) =>
    (inner as readonly Json[]).map(({ scope, [itemsName]: items, ...rest }) => ({
      resource: { ...withoutDefaults(resource as Json), ...level },
      scope: { ...(scope as Json), ...rest },
      items: items as readonly T[],
    })),
  );
}

/** Returns the resource without default attributes: those of the SDK and the fallback service name. */
function withoutDefaults({ attributes = [], ...rest }: Json): Json {
  const own = (attributes as readonly ReceivedAttribute[]).filter(
    ({ key, value }) => !key.startsWith('telemetry.sdk.') && !value.stringValue?.startsWith('unknown_service'),
  );
  return own.length === 0 ? rest : { attributes: own, ...rest };
}

interface ReceivedAttribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}
