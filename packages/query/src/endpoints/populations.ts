import { z } from '@hono/zod-openapi';
import type { MatchingTraces, PopulationsCapability, Store } from '@otelier/store';
import { sparse } from '../api/json.ts';
import {
  compareTracesResponse,
  serviceGraphResponse,
  traceHeatmapResponse,
  traceReferencesResponse,
} from '../api/populations.ts';
import { ApiProblem } from '../api/problem.ts';
import { facetsResponse } from '../api/schemas.ts';
import {
  choice,
  hexId,
  limit,
  nanosOfMillis,
  optionalNumber,
  rangeOf,
  rangeParameters,
  requiredText,
  steps,
  text,
  where,
} from '../request/parameters.ts';
import { defineEndpoint } from './endpoint.ts';
import { axisOf } from './overview.ts';

const matching = {
  ...rangeParameters,
  where: where('spans'),
  text: text('Search string for names, attributes and status messages.'),
};

export const traceHeatmap = defineEndpoint({
  path: '/api/v1/heatmap/traces',
  permission: 'telemetry:read',
  summary: 'Returns the number of matching traces by start time and duration, over the whole range.',
  parameters: z.object({ ...matching, steps: steps() }),
  response: traceHeatmapResponse,
  async handle(query, { store, nowMillis }) {
    const range = matchingTraces(query, nowMillis());
    const { bounds, counts, failed, sampling } = await populationsOf(store()).traceHeatmap({
      ...range,
      steps: query.steps,
    });
    return { ...axisOf(range, query.steps), bounds, counts, failed, sampling };
  },
});

/** Longest duration that 15 digits can express, which is more than eleven days. */
const MAX_NANOS = 999_999_999_999_999;

export const compareTraces = defineEndpoint({
  path: '/api/v1/compare',
  permission: 'telemetry:read',
  summary:
    'Compares the traces in a selection with the other matching traces: which attributes, operations and failures differ, ranked by effect.',
  parameters: z.object({
    ...matching,
    select: where('spans'),
    select_start: optionalNumber(0, MAX_NANOS, 'Earliest start of selected traces, in milliseconds.'),
    select_end: optionalNumber(0, MAX_NANOS, 'End of the start times of selected traces (exclusive), in milliseconds.'),
    select_min: optionalNumber(0, MAX_NANOS, 'Shortest duration of selected traces, in nanoseconds.'),
    select_max: optionalNumber(0, MAX_NANOS, 'Longest duration of selected traces, in nanoseconds.'),
    baseline: choice(
      ['rest', 'before'],
      'rest',
      'Traces to compare with: all others, or those that started before the selection.',
    ),
  }),
  response: compareTracesResponse,
  async handle(query, { store, nowMillis }) {
    const range = matchingTraces(query, nowMillis());
    const { select_start: start, select_end: end, select_min: min = 0, select_max: max } = query;
    return await populationsOf(store()).comparePopulations({
      ...range,
      selection: {
        start: start === undefined ? range.start : nanosOfMillis(start),
        end: end === undefined ? range.end : nanosOfMillis(end),
        minDurationNanos: min,
        maxDurationNanos: max ?? Number.MAX_SAFE_INTEGER,
        conditions: query.select,
      },
      baseline: query.baseline,
    });
  },
});

export const spanValues = defineEndpoint({
  path: '/api/v1/attributes/values',
  permission: 'telemetry:read',
  summary: 'Returns the most frequent values of a field of spans, for completion.',
  parameters: z.object({
    ...matching,
    field: requiredText('Field as in a condition: `name`, `service`, `attributes.KEY` or `resource.KEY`.'),
    limit: limit(50),
  }),
  response: facetsResponse,
  async handle(query, { store, nowMillis }) {
    const range = matchingTraces(query, nowMillis());
    const values = await populationsOf(store()).spanValues({ ...range, field: query.field, limit: query.limit });
    return { facets: [{ field: query.field, values }] };
  },
});

export const traceReferences = defineEndpoint({
  path: '/api/v1/traces/{traceId}/references',
  permission: 'telemetry:read',
  summary: 'Returns the spans of other traces that link to a trace, and the exemplars that were recorded in it.',
  parameters: z.object({ traceId: hexId(32, 'Trace ID.'), ...rangeParameters }),
  response: traceReferencesResponse,
  async handle({ traceId, ...query }, { store, nowMillis }) {
    const { links, exemplars } = await populationsOf(store()).traceReferences({
      ...rangeOf(query, nowMillis()),
      traceId,
    });
    return {
      links: links.map(({ start, ...rest }) => ({ ...rest, startNanos: start.toString() })),
      exemplars: exemplars.map(({ time, value, ...rest }) => ({
        ...rest,
        timeNanos: time.toString(),
        value: sparse([value])[0] ?? null,
      })),
    };
  },
});

export const serviceGraph = defineEndpoint({
  path: '/api/v1/service-graph',
  permission: 'telemetry:read',
  summary:
    'Returns the calls between services, and to databases, queues and other peers that send no spans, with rates, errors and durations.',
  parameters: z.object({ ...rangeParameters, limit: limit(2000) }),
  response: serviceGraphResponse,
  async handle(query, { store, nowMillis }) {
    return await populationsOf(store()).serviceGraph({ ...rangeOf(query, nowMillis()), limit: query.limit });
  },
});

function matchingTraces(
  query: Parameters<typeof rangeOf>[0] & {
    readonly where: MatchingTraces['conditions'];
    readonly text?: string | undefined;
  },
  nowMillis: number,
): MatchingTraces {
  return {
    ...rangeOf(query, nowMillis),
    conditions: query.where,
    ...(query.text !== undefined && { text: query.text }),
  };
}

/** Returns the part of a store that relates traces. Throws an `ApiProblem` if it has none. */
export function populationsOf(store: Store): PopulationsCapability {
  const { populations } = store;
  if (populations === undefined) throw new ApiProblem('unavailable', 'this store cannot compare or relate traces');
  return populations;
}
