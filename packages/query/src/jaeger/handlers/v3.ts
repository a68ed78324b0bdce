import { requestToJson } from '@otelier/otlp';
import { parseGoDuration } from '../../request/go-duration.ts';
import { sourceOf, type TraceHandler, type TraceRequest, tenantOf } from '../../traceql/request.ts';
import { parseTraceId } from '../parameters.ts';
import { JaegerProblem } from '../problem.ts';
import { parseFilter } from '../search/filter.ts';
import { findTraces, type TraceSearch } from '../search/find-traces.ts';
import { operationsOf, serviceNames } from './services.ts';
import { tagsFromJson } from './traces.ts';

const DEFAULT_DEPTH = 100;
const MAX_DEPTH = 1500;
/** Maximum size of the traces in a response, in bytes. */
const MAX_BYTES = 100 << 20;

/** `v3/traces/{id}`: a trace as OTLP/JSON. */
export const trace: TraceHandler = async (request) => result(request, [parseTraceId(request.argument)]);

/** `v3/traces`: the traces that a search finds, as OTLP/JSON. */
export const traces: TraceHandler = async (request) => {
  const found = await findTraces(sourceOf(request), searchOf(request.parameters));
  return result(
    request,
    found.map(({ trace: one }) => one.traceId),
  );
};

/** `v3/trace-summaries`: what the traces that a search finds have in common. */
export const summaries: TraceHandler = async (request) => {
  const found = await findTraces(sourceOf(request), searchOf(request.parameters));
  return {
    summaries: found.map(({ trace: { traceId, rootName, rootServiceName, start, durationNanos, services } }) => {
      const errors = [...services.values()].reduce((sum, one) => sum + one.errors, 0);
      return {
        traceId,
        rootServiceName,
        rootOperationName: rootName,
        minStartTimeUnixNano: start.toString(),
        maxEndTimeUnixNano: (start + durationNanos).toString(),
        spanCount: [...services.values()].reduce((sum, one) => sum + one.spans, 0),
        ...(errors > 0 && { errorSpanCount: errors }),
        services: [...services].map(([name, own]) => ({
          ...{ name, spanCount: own.spans },
          ...(own.errors > 0 && { errorSpanCount: own.errors }),
        })),
      };
    }),
  };
};

export const services: TraceHandler = async (request) => ({ services: await serviceNames(request) });

export const operations: TraceHandler = async (request) => {
  const { parameters } = request;
  const service = parameters.get('service') ?? '';
  if (service === '') throw new JaegerProblem(400, 'malformed parameter service: expected a service, got none');
  const found = await operationsOf(request, service, parameterOf(parameters, 'spanKind', 'span_kind') || undefined);
  return { operations: found.map(({ name, spanKind }) => ({ name, spanKind: spanKind || 'internal' })) };
};

async function result(request: TraceRequest, traceIds: readonly string[]): Promise<object> {
  const resourceSpans: unknown[] = [];
  let bytes = 0;
  const source = sourceOf(request);
  for (const traceId of traceIds) {
    for await (const part of request.store().exportTrace({ tenant: tenantOf(request), traceId })) {
      await source.check();
      bytes += part.length;
      if (bytes > MAX_BYTES)
        throw new JaegerProblem(422, `the traces are larger than ${MAX_BYTES} bytes; search for fewer`);
      const json = JSON.parse(requestToJson('traces', part)) as { readonly resourceSpans?: readonly unknown[] };
      resourceSpans.push(...(json.resourceSpans ?? []));
    }
  }
  if (resourceSpans.length === 0) throw new JaegerProblem(404, 'No traces found');
  return { result: { resourceSpans } };
}

/** Returns a parameter by its name or its older one. */
function parameterOf(parameters: URLSearchParams, name: string, ...older: readonly string[]): string {
  return [name, ...older].map((one) => parameters.get(one)).find(Boolean) ?? '';
}

function searchOf(parameters: URLSearchParams): TraceSearch {
  const start = timeOf(parameters, 'query.startTimeMin', 'query.start_time_min');
  const end = timeOf(parameters, 'query.startTimeMax', 'query.start_time_max');
  if (start === undefined || end === undefined) {
    throw new JaegerProblem(400, 'query.startTimeMin and query.startTimeMax are required');
  }
  if (start >= end) throw new JaegerProblem(400, 'query.startTimeMin must be before query.startTimeMax');
  const depth = parameterOf(parameters, 'query.searchDepth', 'query.search_depth', 'query.num_traces');
  if (depth !== '' && !/^\d{1,9}$/.test(depth)) {
    throw new JaegerProblem(
      400,
      `malformed parameter query.searchDepth: expected a whole number, got ${JSON.stringify(depth)}`,
    );
  }
  const attributes = parameters.get('query.attributes') ?? '';
  const filter = parameters.get('query.filter') ?? '';
  const other = filter === '' ? undefined : WITHOUT_FILTER.find((name) => parameters.get(name));
  if (other !== undefined) {
    throw new JaegerProblem(400, `malformed parameter query.filter: expected no ${other} beside it`);
  }
  return {
    filter: filter === '' ? undefined : parseFilter(filter),
    service: parameterOf(parameters, 'query.serviceName', 'query.service_name'),
    operation: parameterOf(parameters, 'query.operationName', 'query.operation_name'),
    tags: attributes === '' ? [] : tagsFromJson('query.attributes', attributes),
    minDuration: durationOf(parameters, 'query.durationMin', 'query.duration_min'),
    maxDuration: durationOf(parameters, 'query.durationMax', 'query.duration_max'),
    limit: Math.min(Number(depth || DEFAULT_DEPTH) || DEFAULT_DEPTH, MAX_DEPTH),
    ...{ start, end: end + 1n },
  };
}

/** Parameters that a filter replaces. */
const WITHOUT_FILTER = [
  ...['query.serviceName', 'query.service_name', 'query.operationName', 'query.operation_name', 'query.attributes'],
  ...['query.durationMin', 'query.duration_min', 'query.durationMax', 'query.duration_max'],
];

function durationOf(parameters: URLSearchParams, name: string, older: string): bigint | undefined {
  const text = parameterOf(parameters, name, older);
  if (text === '') return undefined;
  const nanos = parseGoDuration(text);
  if (nanos === undefined)
    throw new JaegerProblem(400, `malformed parameter ${name}: time: invalid duration ${JSON.stringify(text)}`);
  return nanos;
}

/** Parses a time in RFC 3339 with up to nanoseconds. */
function timeOf(parameters: URLSearchParams, name: string, older: string): bigint | undefined {
  const text = parameterOf(parameters, name, older);
  if (text === '') return undefined;
  const [, seconds = '', fraction = '', zone = ''] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const millis = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(millis)) {
    throw new JaegerProblem(
      400,
      `malformed parameter ${name}: expected a time such as "2026-01-02T15:04:05Z", got ${JSON.stringify(text)}`,
    );
  }
  return BigInt(millis) * 1_000_000n + BigInt(fraction.padEnd(9, '0') || 0);
}
