import { z } from '@hono/zod-openapi';
import type { SpanRow } from '@otelier/store';
import type { Span } from '../api/api.ts';
import { jsonAttributes } from '../api/json.ts';
import { ApiProblem } from '../api/problem.ts';
import { traceResponse, tracesResponse } from '../api/schemas.ts';
import { choice, hexId, limit, rangeOf, rangeParameters, text, where } from '../request/parameters.ts';
import { defineEndpoint } from './endpoint.ts';

export const traces = defineEndpoint({
  path: '/api/v1/traces',
  summary: 'Returns traces with a span that matches all conditions.',
  parameters: z.object({
    ...rangeParameters,
    where: where('spans'),
    text: text('Free text to find in names, attributes and status messages.'),
    limit: limit(100),
    order: choice(['time', 'duration'], 'time', 'Sort order: newest or longest first.'),
  }),
  response: tracesResponse,
  async handle(query, { store, nowMillis }) {
    const { total, traces: found } = await store().searchTraces({
      ...rangeOf(query, nowMillis()),
      conditions: query.where,
      ...(query.text !== undefined && { text: query.text }),
      limit: query.limit,
      orderBy: query.order,
    });
    return { total, traces: found.map(({ start, ...rest }) => ({ ...rest, startNanos: start.toString() })) };
  },
});

export const trace = defineEndpoint({
  path: '/api/v1/traces/{traceId}',
  summary: 'Returns all spans of a trace, oldest first.',
  parameters: z.object({ traceId: hexId(32, 'Id of the trace.'), tenant: rangeParameters.tenant }),
  response: traceResponse,
  async handle({ traceId, tenant = 'default' }, { store }) {
    const spans = await store().trace({ tenant, traceId });
    if (spans.length === 0) throw new ApiProblem('not_found', `traceId: no span of trace ${traceId} is stored`);
    return { traceId, spans: spans.map(spanOf) };
  },
});

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
