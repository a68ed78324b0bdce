import type { TestContext } from 'node:test';
import { requestToJson, type Signal } from '@otelier/otlp';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/transport';
import { createHttpServer } from '@otelier/transport';

/** A span in OTLP/JSON, as far as tests look into it. */
export interface SpanSeen {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly [field: string]: unknown;
}

/** A log record in OTLP/JSON. */
export interface LogSeen {
  readonly body?: { readonly stringValue?: string };
  readonly [field: string]: unknown;
}

/** A metric in OTLP/JSON. */
export interface MetricSeen {
  readonly name: string;
  readonly description?: string;
  readonly unit?: string;
  readonly gauge?: MetricDataSeen;
  readonly sum?: MetricDataSeen;
  readonly histogram?: MetricDataSeen;
  readonly exponentialHistogram?: MetricDataSeen;
}

/** The points of a metric, whatever its kind. */
export interface MetricDataSeen {
  readonly aggregationTemporality?: number;
  readonly isMonotonic?: boolean;
  readonly dataPoints: readonly Readonly<Record<string, unknown>>[];
}

/** What came under one resource, without what every resource has by default, and one scope. */
export interface ScopeSeen<T = SpanSeen> {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: Readonly<Record<string, unknown>>;
  readonly items: readonly T[];
}

/** A server that takes telemetry by HTTP and shows it. */
export interface Sink {
  readonly url: string;
  readonly handler: RecordingHandler;
  /** The spans that came, in the order of coming. */
  scopes(): readonly ScopeSeen[];
  /** The spans of all scopes. */
  spans(): readonly SpanSeen[];
  /** The log records that came, in the order of coming. */
  logScopes(): readonly ScopeSeen<LogSeen>[];
  /** The log records of all scopes. */
  logs(): readonly LogSeen[];
  /** The metrics that came, in the order of coming. */
  metricScopes(): readonly ScopeSeen<MetricSeen>[];
  /** The metrics of all scopes. */
  metrics(): readonly MetricSeen[];
}

/** Starts one for the time of the test; pages of the given origins may send to it, with a header `x-tenant`. */
export async function startSink(t: TestContext, allowedOrigins: readonly string[] = []): Promise<Sink> {
  const handler = createRecordingHandler();
  const options = { endpoint: '127.0.0.1:0', keepAlive: true, cors: { allowedOrigins, allowedHeaders: ['x-tenant'] } };
  const server = await createHttpServer(options, handler);
  t.after(() => server.shutdown(0));
  const scopes = <T>(wanted: Signal) =>
    handler.requests
      .filter(({ signal }) => signal === wanted)
      .flatMap(({ signal, encoding, body }) => {
        const json = encoding === 'json' ? Buffer.from(body).toString() : requestToJson(signal, body);
        return scopesOf<T>(JSON.parse(json), LEVELS[wanted]);
      });
  return {
    url: `http://${server.address}`,
    handler,
    scopes: () => scopes<SpanSeen>('traces'),
    spans: () => scopes<SpanSeen>('traces').flatMap(({ items }) => items),
    logScopes: () => scopes<LogSeen>('logs'),
    logs: () => scopes<LogSeen>('logs').flatMap(({ items }) => items),
    metricScopes: () => scopes<MetricSeen>('metrics'),
    metrics: () => scopes<MetricSeen>('metrics').flatMap(({ items }) => items),
  };
}

type Json = Readonly<Record<string, unknown>>;

/** What the levels of a request are called in OTLP/JSON. */
const LEVELS: Readonly<Record<Signal, readonly [resource: string, scope: string, items: string]>> = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  profiles: ['resourceProfiles', 'scopeProfiles', 'profiles'],
};

function scopesOf<T>(
  request: Json,
  [resources, scopes, itemsName]: readonly [string, string, string],
): readonly ScopeSeen<T>[] {
  return (request[resources] as readonly Json[]).flatMap(({ resource, [scopes]: inner, ...level }) =>
    (inner as readonly Json[]).map(({ scope, [itemsName]: items, ...rest }) => ({
      resource: { ...withoutDefaults(resource as Json), ...level },
      scope: { ...(scope as Json), ...rest },
      items: items as readonly T[],
    })),
  );
}

/** A resource without the attributes that say nothing of the program: those of the SDK, and the stand-in for the service's name. */
function withoutDefaults({ attributes = [], ...rest }: Json): Json {
  const own = (attributes as readonly AttributeSeen[]).filter(
    ({ key, value }) => !key.startsWith('telemetry.sdk.') && !value.stringValue?.startsWith('unknown_service'),
  );
  return own.length === 0 ? rest : { attributes: own, ...rest };
}

interface AttributeSeen {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}
