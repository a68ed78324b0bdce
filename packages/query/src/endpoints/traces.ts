import { z } from '@hono/zod-openapi';
import type { SpanRow, Store, TraceSpansQuery } from '@otelier/store';
import type { Span } from '../api/api.ts';
import { JSON_TYPE, jsonAttributes } from '../api/json.ts';
import { LIMITS } from '../api/limits.ts';
import { tracesResponse } from '../api/populations.ts';
import { traceMatchesResponse, traceResponse } from '../api/schemas.ts';
import { matchedSpans } from '../request/matched-spans.ts';
import { nearestIfEmpty } from '../request/nearest.ts';
import {
  choice,
  hexId,
  limit,
  list,
  optionalNumber,
  rangeOf,
  rangeParameters,
  requiredText,
  text,
  where,
} from '../request/parameters.ts';
import { traceColumns } from '../request/trace-columns.ts';
import { unknownTrace } from '../streams/outline-lines.ts';
import { defineEndpoint } from './endpoint.ts';

export const traces = defineEndpoint({
  path: '/api/v1/traces',
  permission: 'telemetry:read',
  summary: 'Returns traces with a span that matches all conditions.',
  parameters: z.object({
    ...rangeParameters,
    where: where('spans'),
    text: text('Search string for names, attributes and status messages.'),
    limit: limit(100),
    order: choice(['time', 'duration'], 'time', 'Sort order: newest or longest first.'),
    column: list(
      LIMITS.traceColumns,
      'Attribute whose values are returned: `attributes.KEY` or `resource.KEY`.',
    ).refine(
      (columns) => columns.every((column) => /^(?:attributes|resource)\../s.test(column)),
      'expected attributes.KEY or resource.KEY',
    ),
  }),
  response: tracesResponse,
  async handle(query, { store, nowMillis }) {
    const range = rangeOf(query, nowMillis());
    const { traces: found, ...count } = await store().searchTraces({
      ...range,
      conditions: query.where,
      ...(query.text !== undefined && { text: query.text }),
      limit: query.limit,
      orderBy: query.order,
    });
    const { column: columns } = query;
    const values = await traceColumns(
      store(),
      range,
      found.map(({ traceId }) => traceId),
      columns,
    );
    return {
      ...count,
      traces: found.map(({ start, ...rest }) => ({
        ...rest,
        startNanos: start.toString(),
        ...(columns.length > 0 && { columns: [...(values.get(rest.traceId) ?? columns.map(() => ''))] }),
      })),
      ...(await nearestIfEmpty(found, store(), range, 'traces')),
    };
  },
});

export const trace = defineEndpoint({
  path: '/api/v1/traces/{traceId}',
  permission: 'telemetry:read',
  summary: 'Returns the spans of a trace, oldest first.',
  parameters: z.object({
    traceId: hexId(32, 'Trace ID.'),
    span_id: hexId(16, 'Return only spans with this ID.').optional(),
    tenant: rangeParameters.tenant,
  }),
  response: traceResponse,
  handle: ({ traceId, span_id: spanId, tenant = 'default' }, { store, traces: streams, client }) =>
    streams.open(traceText(store(), { tenant, traceId, ...(spanId !== undefined && { spanId }) }), {
      path: '/api/v1/traces/{traceId}',
      contentType: JSON_TYPE,
      client,
      tenant,
    }),
});

export const traceMatches = defineEndpoint({
  path: '/api/v1/traces/{traceId}/matches',
  permission: 'telemetry:read',
  summary: 'Returns the IDs of the spans in a trace that match a search string, in any order.',
  parameters: z.object({
    traceId: hexId(32, 'Trace ID.'),
    text: requiredText('Search string for names, services, status messages and attributes, or a complete span ID.'),
    spans: optionalNumber(
      1,
      Number.MAX_SAFE_INTEGER,
      'Number of spans in the outline that the caller has. If the trace still has as many, many matches are returned as a bitmap.',
    ),
    tenant: rangeParameters.tenant,
  }),
  response: traceMatchesResponse,
  handle: async ({ traceId, text, spans, tenant = 'default' }, { store }) =>
    await matchedSpans(store(), { tenant, traceId, text }, spans),
});

/** Yields a serialized `TraceResponse`. Throws an `ApiProblem` if there are no spans. */
async function* traceText(store: Store, query: TraceSpansQuery): AsyncGenerator<string, undefined> {
  let separator = `{"traceId":${JSON.stringify(query.traceId)},"spans":[`;
  let isKnown = false;
  for await (const spans of store.trace(query)) {
    if (spans.length === 0) continue;
    isKnown = true;
    yield separator + JSON.stringify(spans.map(spanOf)).slice(1, -1);
    separator = ',';
  }
  if (!isKnown) throw unknownTrace(query.traceId);
  yield ']}';
  return undefined;
}

function spanOf({ traceId: _, start, attributes, resourceAttributes, events, links, ...rest }: SpanRow): Span {
  return {
    ...rest,
    startNanos: start.toString(),
    attributes: jsonAttributes(attributes),
    resourceAttributes: jsonAttributes(resourceAttributes),
    events: events.map((event) => ({
      timeNanos: event.time.toString(),
      name: event.name,
      attributes: jsonAttributes(event.attributes),
    })),
    links: links.map((link) => ({ ...link, attributes: jsonAttributes(link.attributes) })),
  };
}
