import { z } from '@hono/zod-openapi';
import type { FacetValue, LogQuery, LogRow, SeverityName } from '@otelier/store';
import type { LogRecord } from '../api/api.ts';
import { jsonAttributes } from '../api/json.ts';
import { LIMITS } from '../api/limits.ts';
import { facetsResponse, logHistogramResponse, logsResponse } from '../api/schemas.ts';
import { nearestIfEmpty } from '../request/nearest.ts';
import { choice, hexId, limit, list, rangeOf, rangeParameters, steps, text, where } from '../request/parameters.ts';
import { severityName } from '../request/severity.ts';
import { defineEndpoint } from './endpoint.ts';
import { axisOf } from './overview.ts';

/** Parameters that select log records, shared by all endpoints that query them. */
export const logFilterParameters = {
  where: where('logs'),
  text: text('Search string for bodies and attributes.'),
  trace_id: hexId(32, 'Return only records of this trace.').optional(),
  span_id: hexId(16, 'Return only records of this span.').optional(),
};

/** Parameters of all endpoints that query log records in a range. */
export const logFilters = { ...rangeParameters, ...logFilterParameters };
type Filters = z.output<z.ZodObject<typeof logFilters>>;

export const logs = defineEndpoint({
  path: '/api/v1/logs',
  permission: 'telemetry:read',
  summary: 'Returns log records, one page at a time.',
  parameters: z.object({
    ...logFilters,
    limit: limit(100),
    order: choice(['newest', 'oldest'], 'newest', 'Sort order.'),
    after: text('`next` of the page before.'),
  }),
  response: logsResponse,
  async handle(query, { store, nowMillis }) {
    const filter = logFilterOf(query, nowMillis());
    const found = await store().searchLogs({
      ...filter,
      // One more than requested, to determine whether there is a next page.
      limit: query.limit + 1,
      order: query.order,
      ...(query.after !== undefined && { after: query.after }),
    });
    const page = found.slice(0, query.limit);
    return {
      logs: page.map(logRecordOf),
      next: found.length > query.limit ? page.at(-1)?.cursor : undefined,
      // An empty page after others needs no hint.
      ...(query.after === undefined && (await nearestIfEmpty(found, store(), filter, 'logs'))),
    };
  },
});

export const logHistogram = defineEndpoint({
  path: '/api/v1/logs/histogram',
  permission: 'telemetry:read',
  summary: 'Returns the number of log records per step, by severity.',
  parameters: z.object({ ...logFilters, steps: steps() }),
  response: logHistogramResponse,
  async handle(query, { store, nowMillis }) {
    const filter = logFilterOf(query, nowMillis());
    const found = await store().logHistogram({ ...filter, limit: query.steps, order: 'oldest', steps: query.steps });
    const of = (name: SeverityName): number[] => found.map(({ counts }) => counts[name]);
    const severities = {
      trace: of('trace'),
      debug: of('debug'),
      info: of('info'),
      warn: of('warn'),
      error: of('error'),
      fatal: of('fatal'),
      unspecified: of('unspecified'),
    };
    const total = Object.values(severities)
      .flat()
      .reduce((sum, count) => sum + count, 0);
    return { ...axisOf(filter, query.steps), total, severities };
  },
});

export const logFacets = defineEndpoint({
  path: '/api/v1/logs/facets',
  permission: 'telemetry:read',
  summary: 'Returns the most frequent values of fields among the matching log records.',
  parameters: z.object({
    ...logFilters,
    field: list(LIMITS.facetFields, 'Field such as `service` or `attributes.http.route`.', 1),
    limit: limit(10),
  }),
  response: facetsResponse,
  async handle(query, { store, nowMillis }) {
    const filter = logFilterOf(query, nowMillis());
    const facet = async (field: string) => {
      const values = await store().logFacet({ ...filter, limit: query.limit, order: 'newest', field });
      return { field, values: field === 'severity' ? byLevel(values) : values };
    };
    return { facets: await Promise.all(query.field.map(facet)) };
  },
});

export const attributeKeys = defineEndpoint({
  path: '/api/v1/attributes',
  permission: 'telemetry:read',
  summary: 'Returns the attribute keys in the range, for completion.',
  parameters: z.object({
    ...rangeParameters,
    signal: choice(['traces', 'logs', 'metrics'], 'traces', 'Signal whose keys to list.'),
    limit: limit(200),
  }),
  response: facetsResponse,
  async handle(query, { store, nowMillis }) {
    const range = rangeOf(query, nowMillis());
    const values = await store().attributeKeys({ ...range, signal: query.signal, limit: query.limit });
    return { facets: [{ field: 'attributes', values }] };
  },
});

/** Converts a stored log record to its API form. */
export function logRecordOf({ time, observedTime, attributes, resourceAttributes, ...rest }: LogRow): LogRecord {
  return {
    ...rest,
    timeNanos: time.toString(),
    observedTimeNanos: observedTime?.toString(),
    attributes: jsonAttributes(attributes),
    resourceAttributes: jsonAttributes(resourceAttributes),
  };
}

/** Returns the query of a store for the parameters of a request. */
export function logFilterOf(query: Filters, nowMillis: number): Omit<LogQuery, 'limit' | 'order'> {
  return {
    ...rangeOf(query, nowMillis),
    conditions: query.where,
    ...(query.text !== undefined && { text: query.text }),
    ...(query.trace_id !== undefined && { traceId: query.trace_id }),
    ...(query.span_id !== undefined && { spanId: query.span_id }),
  };
}

/** Aggregates counts by severity number into counts by level. */
function byLevel(values: readonly FacetValue[]): FacetValue[] {
  const counts = new Map<string, number>();
  for (const { value, count } of values) {
    const level = /^\d+$/.test(value) ? severityName(Number(value)) : value;
    counts.set(level, (counts.get(level) ?? 0) + count);
  }
  return [...counts].map(([value, count]) => ({ value, count })).toSorted((a, b) => b.count - a.count);
}
