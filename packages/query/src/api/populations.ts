import { z } from '@hono/zod-openapi';
import { nanos } from './nanos.ts';
import { nearestData } from './nearest.ts';

const count = z.number().int().min(0);

export const tracesResponse = z
  .object({
    nearest: nearestData.optional(),
    total: count,
    totalIsLowerBound: z
      .literal(true)
      .optional()
      .openapi({ description: 'Present if more traces than `total` may match: a large range is not read completely.' }),
    traces: z.array(
      z
        .object({
          traceId: z.string(),
          rootService: z.string(),
          rootName: z.string(),
          startNanos: nanos,
          durationNanos: z.number(),
          spanCount: count,
          errorCount: count,
          services: z.array(z.string()),
          error: z
            .object({
              service: z.string(),
              type: z.string().openapi({ description: 'Type of the exception. Empty without one.' }),
              message: z.string(),
            })
            .optional()
            .openapi({ description: 'Where the failure began.' }),
          columns: z
            .array(z.string())
            .optional()
            .openapi({ description: 'The values of the requested columns, of the first span that has each.' }),
        })
        .openapi('TraceHit'),
    ),
  })
  .openapi('TracesResponse');

export const traceHeatmapResponse = z
  .object({
    timesMillis: z
      .array(z.number())
      .openapi({ description: 'Start of each step, in milliseconds since the Unix epoch.' }),
    stepMillis: z.number(),
    bounds: z.array(z.number()).openapi({ description: 'Lower bound of each row, in nanoseconds.' }),
    counts: z.array(z.array(z.number())).openapi({ description: 'Traces as `counts[step][row]`.' }),
    failed: z.array(z.array(z.number())).openapi({ description: 'Traces with a failed span as `failed[step][row]`.' }),
    sampling: z
      .number()
      .int()
      .openapi({ description: 'One in this many traces was read. Counts are scaled accordingly.' }),
  })
  .openapi('TraceHeatmapResponse');

const population = z
  .object({
    total: count,
    read: count.openapi({ description: 'Number of traces that were read. All counts below refer to these.' }),
    sampleTraceId: z.string().optional().openapi({ description: 'A trace with the median duration.' }),
  })
  .openapi('TracePopulation');

const valueShare = z
  .object({
    value: z.string().openapi({ description: 'Empty for operations.' }),
    range: z
      .object({ from: z.number(), below: z.number() })
      .optional()
      .openapi({ description: 'The range of a number that has many values.' }),
    selected: count,
    baseline: count,
  })
  .openapi('ValueShare');

export const compareTracesResponse = z
  .object({
    selected: population,
    baseline: population,
    differences: z
      .array(
        z
          .object({
            kind: z.enum(['attribute', 'resource', 'span', 'calls', 'status']).openapi({
              description:
                'An attribute of spans or of the resource, an operation in the trace, its number of calls, or its failure.',
            }),
            service: z.string(),
            key: z.string().openapi({ description: 'Key of the attribute, or name of the operation.' }),
            isOutcome: z.boolean().openapi({ description: 'Whether it is a result, and therefore rarely a cause.' }),
            best: valueShare,
            difference: z.number().openapi({ description: 'Difference of the shares of traces, from -1 to 1.' }),
            effect: z
              .number()
              .openapi({ description: 'Absolute difference less two standard errors: the part beyond chance.' }),
            values: z.array(valueShare),
            mark: z.string().openapi({ description: 'Differences with equal marks are found in the same traces.' }),
          })
          .openapi('TraceDifference'),
      )
      .openapi({ description: 'Largest effect first.' }),
    times: z
      .array(
        z
          .object({
            service: z.string(),
            name: z.string(),
            selectedNanos: z.number().openapi({ description: 'Median of the time in a trace.' }),
            baselineNanos: z.number(),
            selected: count,
            baseline: count,
          })
          .openapi('TraceTimeDifference'),
      )
      .openapi({ description: 'Largest change first.' }),
  })
  .openapi('CompareTracesResponse');

export const traceReferencesResponse = z
  .object({
    links: z
      .array(
        z.object({
          traceId: z.string(),
          spanId: z.string(),
          service: z.string(),
          name: z.string(),
          startNanos: z.string(),
          toSpanId: z.string().openapi({ description: 'The span of the trace that is linked to.' }),
        }),
      )
      .openapi({ description: 'Spans of other traces that link to the trace.' }),
    exemplars: z
      .array(
        z.object({
          metric: z.string(),
          unit: z.string(),
          service: z.string(),
          timeNanos: z.string(),
          value: z.number().nullable(),
          spanId: z.string(),
        }),
      )
      .openapi({ description: 'Exemplars of metrics that were recorded in the trace.' }),
  })
  .openapi('TraceReferencesResponse');

export const serviceGraphResponse = z
  .object({
    edges: z
      .array(
        z
          .object({
            caller: z.string(),
            called: z.string().openapi({ description: 'Service, or name of a peer that sends no spans.' }),
            peerAttribute: z
              .string()
              .optional()
              .openapi({ description: 'Attribute that names the peer. Absent if `called` is a service.' }),
            isMessage: z.boolean().openapi({ description: 'Whether all calls are messages.' }),
            calls: count,
            errors: count,
            p50: z.number().openapi({ description: 'Median duration in nanoseconds.' }),
            p95: z.number().openapi({ description: '95th percentile of the durations in nanoseconds.' }),
          })
          .openapi('ServiceGraphEdge'),
      )
      .openapi({ description: 'Most calls first.' }),
    total: count.openapi({ description: 'Number of edges, including those beyond the limit.' }),
    sampling: z
      .number()
      .int()
      .openapi({ description: 'One in this many traces was read. Counts are scaled accordingly.' }),
  })
  .openapi('ServiceGraphResponse');
