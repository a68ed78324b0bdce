import { z } from '@hono/zod-openapi';
import { batching } from './batching.ts';
import { nodeLedger } from './ledger.ts';
import { nanos } from './nanos.ts';
import { nearestData } from './nearest.ts';
import { storeStatus } from './pipeline/store-status.ts';
import { requestDuration } from './request-duration.ts';

/** Attribute values as JSON: 64-bit integers beyond 2^53 are strings, bytes are `{ "bytes": base64 }`. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

const count = z.number().int().min(0);
const duration = z.number().openapi({ description: 'Nanoseconds.' });
const times = z.array(z.number()).openapi({ description: 'Start of each step, in milliseconds since the Unix epoch.' });
const stepMillis = z.number();
const perStep = z.array(z.number());
const sparse = z.array(z.number().nullable());

export const jsonValue = z.unknown().openapi('JsonValue', {
  description: 'Any JSON value. 64-bit integers beyond 2^53 are strings, bytes are `{ "bytes": base64 }`.',
}) as unknown as z.ZodType<JsonValue>;
const attributes = z.record(z.string(), jsonValue).openapi('Attributes');

export const apiError = z
  .object({
    error: z.object({
      code: z.string().openapi({ description: 'Stable code, such as `bad_request`, `not_found`, `unavailable`.' }),
      message: z.string().openapi({ description: 'Where the error is, what was expected and what was received.' }),
    }),
  })
  .openapi('ApiError');

const processStats = z.object({
  cpuCores: z.number(),
  rssBytes: z.number(),
  heapBytes: z.number().describe('JavaScript heap size across all threads.'),
  externalBytes: z.number().describe('Buffers and other memory outside the heap, across all threads.'),
  eventLoopDelayP99Millis: z.number().describe('Maximum across all threads.'),
  workerCpuCores: z
    .array(z.number())
    .optional()
    .describe('Share of `cpuCores` used by each worker thread. Present only with `service.workers`.'),
});

export const status = z
  .object({
    version: z.string(),
    startedMillis: z.number(),
    nowMillis: z.number(),
    accepting: z.boolean().describe('Whether telemetry is accepted.'),
    hasIdentity: z
      .boolean()
      .optional()
      .describe('Whether people sign in, because the extension `identity` is configured.'),
    endpoints: z.array(
      z.object({
        component: z.string(),
        protocol: z.enum(['grpc', 'http', 'websocket', 'udp', 'tcp']),
        address: z.string(),
      }),
    ),
    process: processStats.optional().describe('Only for callers who may see all tenants, as is `store`.'),
    store: storeStatus.optional(),
  })
  .openapi('Status');

export const servicesResponse = z
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
  .openapi('ServicesResponse');

export const redResponse = z
  .object({
    timesMillis: times,
    stepMillis,
    series: z.array(z.object({ key: z.string(), requests: perStep, errors: perStep, p50: sparse, p95: sparse })),
  })
  .openapi('RedResponse');

export const heatmapResponse = z
  .object({
    timesMillis: times,
    stepMillis,
    bounds: z.array(z.number()).openapi({ description: 'Lower bound of each row, in nanoseconds.' }),
    counts: z.array(z.array(z.number())).openapi({ description: '`counts[step][row]`.' }),
    p95: sparse,
  })
  .openapi('HeatmapResponse');

export const routesResponse = z
  .object({
    routes: z.array(
      z.object({
        service: z.string(),
        name: z.string(),
        calls: count,
        errors: count,
        p95: duration,
        p99: duration,
        timeShare: z.number().openapi({ description: 'Fraction of the total time, from 0 to 1.' }),
      }),
    ),
  })
  .openapi('RoutesResponse');

export const errorsResponse = z
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
  .openapi('ErrorsResponse');

export const traceResponse = z
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
  .openapi('TraceResponse');

const spanIds = z
  .string()
  .openapi({ description: 'IDs of 16 hexadecimal digits each, without separators. All zeros means none.' });

export const traceMatchesResponse = z
  .object({
    spanIds,
    bitmap: z.string().optional().openapi({
      description:
        'Instead of the IDs, one bit for each span of the outline in its order, the first one in the lowest bit of the first byte, in Base64.',
    }),
  })
  .openapi('TraceMatchesResponse');

/** A line of a trace outline. */
export const traceOutlineLine = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('head'),
      startNanos: nanos,
      durationNanos: duration,
      spanCount: count,
      errorCount: count,
    }),
    z.object({
      kind: z.literal('operations'),
      operations: z.array(
        z.object({
          service: z.string(),
          name: z.string(),
          spanKind: z.string(),
          statusCode: z.string(),
          peer: z.string().optional().describe('Peer named by a client or producer span.'),
        }),
      ),
    }),
    z.object({
      kind: z.literal('spans'),
      spanIds,
      parentSpanIds: spanIds,
      operations: z.array(count).describe('Index of each operation among those of all lines.'),
      offsets: z.array(z.number()).describe('Nanoseconds since the start of the trace.'),
      durations: z.array(duration),
      events: z
        .array(z.tuple([count, z.number(), z.number()]))
        .describe('Index of the span in this line, nanoseconds since its start, and 1 for an exception.'),
    }),
  ])
  .openapi('TraceOutlineLine');

export const logRecord = z
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
  .openapi('LogRecord');

export const logsResponse = z
  .object({
    logs: z.array(logRecord),
    nearest: nearestData.optional(),
    next: z
      .string()
      .optional()
      .openapi({ description: 'Cursor to pass as `after` for the next page. Absent on the last page.' }),
  })
  .openapi('LogsResponse');

export const logHistogramResponse = z
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
  .openapi('LogHistogramResponse');

const valueCount = z.object({ value: z.string(), count }).openapi('ValueCount');

export const facetsResponse = z
  .object({ facets: z.array(z.object({ field: z.string(), values: z.array(valueCount) })) })
  .openapi('FacetsResponse');

export const metricsResponse = z
  .object({
    nearest: nearestData.optional(),
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
  .openapi('MetricsResponse');

export const metricLabelsResponse = z
  .object({ labels: z.array(z.object({ key: z.string(), values: count })) })
  .openapi('MetricLabelsResponse');

export const metricLabelValuesResponse = z.object({ values: z.array(valueCount) }).openapi('MetricLabelValuesResponse');

export const metricSeriesResponse = z
  .object({
    timesMillis: times,
    stepMillis,
    unit: z.string(),
    total: count.describe('Total number of series, of which the largest are returned.'),
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
  .openapi('MetricSeriesResponse');

export const pipelineGraph = z
  .object({
    atMillis: z.number(),
    nodes: z.array(
      z
        .object({
          id: z.string().describe('Unique in the graph, such as `processor:traces/batch`.'),
          kind: z.enum(['receiver', 'processor', 'exporter', 'connector']),
          component: z.string().describe('Name in the configuration, such as `batch/2`.'),
          type: z.string(),
          signal: z.string().optional(),
          pipelines: z
            .array(z.string())
            .describe('Pipelines that contain the component. Receivers and exporters can belong to several.'),
          summary: z.string().describe('Short form of the configuration, such as `4317, 4318`.'),
          queue: z.object({ sizeBytes: z.number(), limitBytes: z.number(), requests: z.number() }).optional(),
          sentItems: z
            .number()
            .optional()
            .describe('Items accepted by the destination since the start. Only for exporters with a sending queue.'),
          problem: z.string().optional().describe('Current error, such as `retrying, 503`.'),
          dropped: z.record(z.string(), z.number()).describe('Items dropped since the start, by reason.'),
          batching: batching.optional(),
          requests: z
            .array(requestDuration)
            .optional()
            .describe('Durations of requests, with `service.telemetry.metrics.level: detailed`.'),
          rejections: z
            .array(
              z.object({
                path: z.string(),
                status: z.string().describe('HTTP status, or the name of a gRPC status.'),
                reason: z.string().describe('What was expected and what came, as in the response.'),
                count: z.number(),
                atMillis: z.number().describe('Time of the last one, in milliseconds since the Unix epoch.'),
              }),
            )
            .readonly()
            .optional()
            .describe('Requests that a receiver rejected, with the latest reasons first, at most 8.'),
          ledger: nodeLedger.optional(),
          lastLoss: z
            .object({ reason: z.string(), message: z.string(), atMillis: z.number() })
            .optional()
            .describe('Why items were lost the last time, such as the response of a destination.'),
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
          items: z.number().describe('Total since the start, like all counters of an edge.'),
          bytes: z.number(),
          batches: z.number(),
          refusedItems: z.number(),
          consumeMicros: z.number(),
          rejectedItems: z.number().optional().describe('The part of `refusedItems` from partially accepted batches.'),
          pendingItems: z.number().optional().describe('Items of batches whose outcome is not known.'),
        })
        .openapi('PipelineEdge'),
    ),
    admission: z.object({ inFlightBytes: z.number(), limitBytes: z.number(), refusedRequests: z.number() }),
    process: processStats,
  })
  .openapi('PipelineGraph');

export const sqlResponse = z
  .object({
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.array(jsonValue)),
    truncated: z.boolean(),
    elapsedMillis: z.number(),
  })
  .openapi('SqlResponse');
