import { z } from '@hono/zod-openapi';
import type * as api from './api.ts';

/**
 * Schemas of every answer, for the OpenAPI document and for tests. `schemaOf` makes the compiler hold each against its
 * type in `api.ts` in both directions: a field that one of them lacks, or has with another type, does not compile.
 */
type Shape<T> = unknown extends T
  ? unknown
  : api.JsonValue extends T
    ? 'json'
    : T extends readonly (infer Item)[]
      ? { readonly list: Shape<Item> }
      : T extends object
        ? {
            -readonly [K in keyof T]-?: undefined extends T[K]
              ? { readonly maybe: Shape<Exclude<T[K], undefined>> }
              : Shape<T[K]>;
          }
        : T;
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

function schemaOf<T>(): <S extends z.ZodType>(
  schema: Same<Shape<T>, Shape<z.output<S>>> extends true
    ? S
    : { readonly differsFrom: Shape<T>; readonly is: Shape<z.output<S>> },
) => z.ZodType<T> {
  return (schema) => schema as never;
}

const nanos = z
  .string()
  .regex(/^-?\d+$/)
  .openapi('NanosText', { description: 'Nanoseconds since the epoch, exact, as decimal text.' });
const count = z.number().int().min(0);
const duration = z.number().openapi({ description: 'Nanoseconds.' });
const times = z.array(z.number()).openapi({ description: 'Start of each step in milliseconds since the epoch.' });
const stepMillis = z.number();
const perStep = z.array(z.number());
const sparse = z.array(z.number().nullable());

export const jsonValue = z.unknown().openapi('JsonValue', {
  description: 'Any JSON; 64-bit integers beyond 2^53 as text, bytes as `{ "bytes": base64 }`.',
}) as unknown as z.ZodType<api.JsonValue>;
const attributes = z.record(z.string(), jsonValue).openapi('Attributes');

export const apiError = schemaOf<api.ApiError>()(
  z
    .object({
      error: z.object({
        code: z.string().openapi({ description: 'Stable, for programs.' }),
        message: z.string().openapi({ description: 'For people.' }),
      }),
    })
    .openapi('ApiError'),
);

const processStats = z.object({
  cpuCores: z.number(),
  rssBytes: z.number(),
  heapBytes: z.number(),
  externalBytes: z.number(),
  eventLoopDelayP99Millis: z.number(),
  workerCpuCores: z.array(z.number()).optional(),
});

export const status = schemaOf<api.Status>()(
  z
    .object({
      version: z.string(),
      startedMillis: z.number(),
      nowMillis: z.number(),
      accepting: z.boolean(),
      endpoints: z.array(
        z.object({
          component: z.string(),
          protocol: z.enum(['grpc', 'http', 'websocket', 'udp']),
          address: z.string(),
        }),
      ),
      process: processStats,
      store: z
        .object({
          sizeBytes: z.number(),
          maxBytes: z.number(),
          oldestNanos: nanos.optional(),
          pendingRows: count,
          journalBytes: z.number(),
          rows: z.record(z.string(), z.number()),
        })
        .openapi('StoreStatus')
        .optional(),
    })
    .openapi('Status'),
);

export const servicesResponse = schemaOf<api.ServicesResponse>()(
  z
    .object({
      services: z.array(
        z
          .object({
            service: z.string(),
            version: z.string().optional(),
            requests: count,
            errors: count,
            p50: duration,
            p95: duration,
            p99: duration,
            spans: count,
            logs: count,
            lastSeenNanos: nanos,
          })
          .openapi('Service'),
      ),
    })
    .openapi('ServicesResponse'),
);

export const redResponse = schemaOf<api.RedResponse>()(
  z
    .object({
      timesMillis: times,
      stepMillis,
      series: z.array(z.object({ key: z.string(), requests: perStep, errors: perStep, p50: sparse, p95: sparse })),
    })
    .openapi('RedResponse'),
);

export const heatmapResponse = schemaOf<api.HeatmapResponse>()(
  z
    .object({
      timesMillis: times,
      stepMillis,
      bounds: z.array(z.number()).openapi({ description: 'Lower bound of each row in nanoseconds.' }),
      counts: z.array(z.array(z.number())).openapi({ description: '`counts[step][row]`.' }),
      p95: sparse,
    })
    .openapi('HeatmapResponse'),
);

export const routesResponse = schemaOf<api.RoutesResponse>()(
  z
    .object({
      routes: z.array(
        z.object({
          service: z.string(),
          name: z.string(),
          calls: count,
          errors: count,
          p95: duration,
          p99: duration,
          timeShare: z.number().openapi({ description: 'Part of all time, 0 to 1.' }),
        }),
      ),
    })
    .openapi('RoutesResponse'),
);

export const errorsResponse = schemaOf<api.ErrorsResponse>()(
  z
    .object({
      errors: z.array(
        z.object({
          service: z.string(),
          type: z.string(),
          message: z.string(),
          spanName: z.string(),
          count,
          firstSeenNanos: nanos,
          lastSeenNanos: nanos,
          steps: perStep,
          sampleTraceId: z.string(),
        }),
      ),
    })
    .openapi('ErrorsResponse'),
);

export const tracesResponse = schemaOf<api.TracesResponse>()(
  z
    .object({
      total: count,
      traces: z.array(
        z
          .object({
            traceId: z.string(),
            rootService: z.string(),
            rootName: z.string(),
            startNanos: nanos,
            durationNanos: duration,
            spanCount: count,
            errorCount: count,
            services: z.array(z.string()),
            error: z.object({ service: z.string(), message: z.string() }).optional(),
          })
          .openapi('TraceHit'),
      ),
    })
    .openapi('TracesResponse'),
);

export const traceResponse = schemaOf<api.TraceResponse>()(
  z
    .object({
      traceId: z.string(),
      spans: z.array(
        z
          .object({
            spanId: z.string(),
            parentSpanId: z.string().optional(),
            traceState: z.string().optional(),
            name: z.string(),
            kind: z.string(),
            startNanos: nanos,
            durationNanos: duration,
            statusCode: z.string(),
            statusMessage: z.string().optional(),
            service: z.string(),
            scopeName: z.string(),
            attributes,
            resourceAttributes: attributes,
            events: z.array(z.object({ timeNanos: nanos, name: z.string(), attributes })),
            links: z.array(z.object({ traceId: z.string(), spanId: z.string(), attributes })),
          })
          .openapi('Span'),
      ),
    })
    .openapi('TraceResponse'),
);

export const logRecord = schemaOf<api.LogRecord>()(
  z
    .object({
      cursor: z.string(),
      timeNanos: nanos,
      observedTimeNanos: nanos.optional(),
      severityNumber: z.number(),
      severityText: z.string(),
      body: z.string(),
      service: z.string(),
      scopeName: z.string(),
      traceId: z.string().optional(),
      spanId: z.string().optional(),
      eventName: z.string().optional(),
      attributes,
      resourceAttributes: attributes,
    })
    .openapi('LogRecord'),
);

export const logsResponse = schemaOf<api.LogsResponse>()(
  z
    .object({
      logs: z.array(logRecord),
      next: z.string().optional().openapi({ description: 'Pass as `after` to go on; absent at the end.' }),
    })
    .openapi('LogsResponse'),
);

export const logHistogramResponse = schemaOf<api.LogHistogramResponse>()(
  z
    .object({
      timesMillis: times,
      stepMillis,
      total: count,
      severities: z.object({
        trace: perStep,
        debug: perStep,
        info: perStep,
        warn: perStep,
        error: perStep,
        fatal: perStep,
        unspecified: perStep,
      }),
    })
    .openapi('LogHistogramResponse'),
);

const valueCount = z.object({ value: z.string(), count }).openapi('ValueCount');

export const facetsResponse = schemaOf<api.FacetsResponse>()(
  z.object({ facets: z.array(z.object({ field: z.string(), values: z.array(valueCount) })) }).openapi('FacetsResponse'),
);

export const metricsResponse = schemaOf<api.MetricsResponse>()(
  z
    .object({
      metrics: z.array(
        z.object({
          name: z.string(),
          description: z.string(),
          unit: z.string(),
          kind: z.enum(['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary']),
          monotonic: z.boolean(),
          temporality: z.enum(['delta', 'cumulative', 'unspecified']),
          seriesCount: count,
          services: z.array(z.string()),
        }),
      ),
    })
    .openapi('MetricsResponse'),
);

export const metricLabelsResponse = schemaOf<api.MetricLabelsResponse>()(
  z.object({ labels: z.array(z.object({ key: z.string(), values: count })) }).openapi('MetricLabelsResponse'),
);

export const metricLabelValuesResponse = schemaOf<api.MetricLabelValuesResponse>()(
  z.object({ values: z.array(valueCount) }).openapi('MetricLabelValuesResponse'),
);

export const metricSeriesResponse = schemaOf<api.MetricSeriesResponse>()(
  z
    .object({
      timesMillis: times,
      stepMillis,
      unit: z.string(),
      series: z.array(
        z.object({
          labels: z.record(z.string(), z.string()),
          values: sparse,
          exemplars: z.array(
            z.object({ timeMillis: z.number(), value: z.number(), traceId: z.string(), spanId: z.string() }),
          ),
        }),
      ),
    })
    .openapi('MetricSeriesResponse'),
);

export const pipelineGraph = schemaOf<api.PipelineGraph>()(
  z
    .object({
      atMillis: z.number(),
      nodes: z.array(
        z
          .object({
            id: z.string(),
            kind: z.enum(['receiver', 'processor', 'exporter', 'connector']),
            component: z.string(),
            type: z.string(),
            signal: z.string().optional(),
            pipelines: z.array(z.string()),
            summary: z.string(),
            queue: z.object({ sizeBytes: z.number(), limitBytes: z.number(), requests: z.number() }).optional(),
            problem: z.string().optional(),
            dropped: z.record(z.string(), z.number()),
          })
          .openapi('PipelineNode'),
      ),
      edges: z.array(
        z
          .object({
            id: z.string(),
            from: z.string(),
            to: z.string(),
            signal: z.string(),
            pipeline: z.string(),
            items: z.number(),
            bytes: z.number(),
            batches: z.number(),
            refusedItems: z.number(),
            consumeMicros: z.number(),
          })
          .openapi('PipelineEdge'),
      ),
      admission: z.object({ inFlightBytes: z.number(), limitBytes: z.number(), refusedRequests: z.number() }),
      process: processStats,
    })
    .openapi('PipelineGraph'),
);

export const sqlResponse = schemaOf<api.SqlResponse>()(
  z
    .object({
      columns: z.array(z.object({ name: z.string(), type: z.string() })),
      rows: z.array(z.array(jsonValue)),
      truncated: z.boolean(),
      elapsedMillis: z.number(),
    })
    .openapi('SqlResponse'),
);
