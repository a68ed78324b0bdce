import { z } from '@hono/zod-openapi';
import { requestToJson } from '@otelier/otlp';
import type { Store, TraceIdQuery } from '@otelier/store';
import { JSON_TYPE } from '../api/json.ts';
import { hexId, rangeParameters } from '../request/parameters.ts';
import { unknownTrace } from '../streams/outline-lines.ts';
import { defineEndpoint } from './endpoint.ts';

/** An export request in OTLP/JSON, which no schema of this API restricts. */
const otlpRequest = z.object({ resourceSpans: z.array(z.unknown()) }).openapi('OtlpTraces');

export const traceOtlp = defineEndpoint({
  path: '/api/v1/traces/{traceId}/otlp',
  permission: 'telemetry:export',
  summary: 'Returns a trace as one export request in OTLP/JSON, equal to what was received.',
  parameters: z.object({ traceId: hexId(32, 'Trace ID.'), tenant: rangeParameters.tenant }),
  response: otlpRequest,
  handle: ({ traceId, tenant = 'default' }, { store, traces, client }) =>
    traces.open(otlpText(store(), { tenant, traceId }), {
      path: '/api/v1/traces/{traceId}/otlp',
      contentType: JSON_TYPE,
      client,
      tenant,
    }),
});

const HEAD = '{"resourceSpans":[';
const TAIL = ']}';

/** Yields one request with the spans of all stored requests. Throws an `ApiProblem` if there are none. */
async function* otlpText(store: Store, query: TraceIdQuery): AsyncGenerator<string, undefined> {
  let separator = HEAD;
  for await (const request of store.exportTrace(query)) {
    const resources = requestToJson('traces', request).slice(HEAD.length, -TAIL.length);
    if (resources === '') continue;
    yield separator + resources;
    separator = ',';
  }
  if (separator === HEAD) throw unknownTrace(query.traceId);
  yield TAIL;
  return undefined;
}
