import { requestFromJson } from '@otelier/otlp';
import { GRPC_STATUS } from '@otelier/transport/grpc-status';
import { encodeMessage, type MessageFields } from './message.ts';
import { GrpcError, type GrpcService, parametersOf } from './method.ts';

/** Maximum number of resources in a message, so that it is smaller than clients accept by default. */
const MAX_MESSAGE = 1 << 20;
const NANOS = 1_000_000_000n;
const MILLISECOND = 1_000_000n;

/** The service `jaeger.api_v3.QueryService`. */
export const jaegerService: GrpcService = {
  GetServices: {
    request: () => ({ path: '/jaeger/api/v3/services', parameters: new URLSearchParams() }),
    *respond(json) {
      const { services } = json as { readonly services: readonly string[] };
      yield encodeMessage((writer) => services.forEach((name) => void writer.stringField(1, name)));
    },
  },
  GetOperations: {
    request: (message) => ({
      path: '/jaeger/api/v3/operations',
      parameters: parametersOf({ service: message.text(1), spanKind: message.text(2) }),
    }),
    *respond(json) {
      const { operations } = json as { readonly operations: readonly Record<'name' | 'spanKind', string>[] };
      yield encodeMessage((writer) => {
        for (const { name, spanKind } of operations)
          writer.message(1, (operation) => operation.stringField(1, name).stringField(2, spanKind));
      });
    },
  },
  GetTrace: {
    request: (message) => ({
      path: `/jaeger/api/v3/traces/${encodeURIComponent(message.text(1) || '-')}`,
      parameters: new URLSearchParams(),
    }),
    respond: traces,
  },
  FindTraces: {
    request: (message) => ({ path: '/jaeger/api/v3/traces', parameters: searchParameters(message) }),
    respond: traces,
    isEmptyIfMissing: true,
  },
  FindTraceSummaries: {
    request: (message) => ({ path: '/jaeger/api/v3/trace-summaries', parameters: searchParameters(message) }),
    *respond(json) {
      const { summaries } = json as { readonly summaries: readonly TraceSummary[] };
      for (const summary of summaries)
        yield encodeMessage((writer) => void writer.bytesField(1, encodeSummary(summary)));
    },
  },
  GetDependencies: {
    request: (message) => {
      const [start, end] = [timeOf(message, 1), timeOf(message, 2)];
      if (start === undefined || end === undefined || start > end) {
        throw new GrpcError(GRPC_STATUS.INVALID_ARGUMENT, 'start_time and end_time are required, in this order');
      }
      const [endTs, lookback] = [end / MILLISECOND, (end - start) / MILLISECOND];
      return { path: '/jaeger/api/dependencies', parameters: parametersOf({ endTs, lookback }) };
    },
    *respond(json) {
      const { data } = json as { readonly data: readonly Dependency[] };
      yield encodeMessage((writer) => {
        for (const { parent, child, callCount } of data)
          writer.message(1, (one) => one.stringField(1, parent).stringField(2, child).varintField(3, callCount));
      });
    },
  },
};

interface Dependency {
  readonly parent: string;
  readonly child: string;
  readonly callCount: number;
}

/** Yields `TracesData` messages, which have the encoding of OTLP requests. */
function* traces(json: unknown): Generator<Uint8Array> {
  const { result } = json as { readonly result: { readonly resourceSpans: readonly object[] } };
  let part: object[] = [];
  let size = 0;
  for (const resource of result.resourceSpans) {
    const own = JSON.stringify(resource).length;
    if (size > 0 && size + own > MAX_MESSAGE) {
      yield tracesData(part);
      [part, size] = [[], 0];
    }
    part.push(resource);
    size += own;
  }
  if (part.length > 0) yield tracesData(part);
}

function tracesData(resourceSpans: readonly object[]): Uint8Array {
  const converted = requestFromJson('traces', JSON.stringify({ resourceSpans }));
  if (converted.ok) return converted.bytes;
  throw new Error(`a stored trace could not be encoded: ${converted.reason}`);
}

function searchParameters(message: MessageFields): URLSearchParams {
  const query = message.message(1);
  if (query === undefined) throw new GrpcError(GRPC_STATUS.INVALID_ARGUMENT, 'missing query');
  const filter = query.message(10);
  const attributes = Object.fromEntries(query.entries(3));
  return parametersOf({
    'query.serviceName': query.text(1),
    'query.operationName': query.text(2),
    'query.attributes': Object.keys(attributes).length === 0 ? '' : JSON.stringify(attributes),
    'query.startTimeMin': textOf(timeOf(query, 4)),
    'query.startTimeMax': textOf(timeOf(query, 5)),
    'query.durationMin': durationOf(query, 6),
    'query.durationMax': durationOf(query, 7),
    'query.filter': filter === undefined ? '' : JSON.stringify(callOf(filter, 1)),
    'query.searchDepth': query.number(8) > 0n ? query.number(8) : undefined,
  });
}

/** Converts a `jaeger.expression.v1.Call` to its JSON. */
function callOf(call: MessageFields, depth: number): object {
  if (depth > MAX_DEPTH) {
    throw new GrpcError(
      GRPC_STATUS.INVALID_ARGUMENT,
      `query.filter: expected at most ${MAX_DEPTH} calls inside each other`,
    );
  }
  return { op: call.text(1), args: call.messages(2).map((argument) => expressionOf(argument, depth)) };
}
const MAX_DEPTH = 100;

function expressionOf(expression: MessageFields, depth: number): object {
  const [attr, field, nested] = [1, 2, 3].map((number) => expression.message(number));
  const [scalar, list, call] = [4, 5, 6].map((number) => expression.message(number));
  if (attr !== undefined) return { attr: { key: attr.text(1), level: attr.text(2) } };
  if (field !== undefined) return { field: { name: field.text(1), level: field.text(2) } };
  if (nested !== undefined) return { nested: { level: nested.text(1) } };
  if (scalar !== undefined) return { scalar: { value: scalar.text(1), type: scalar.text(2) } };
  if (list !== undefined) return { list: { values: list.texts(1), type: list.text(2) } };
  return call === undefined ? {} : { call: callOf(call, depth + 1) };
}

/** Returns a `google.protobuf.Timestamp` in nanoseconds. */
function timeOf(message: MessageFields, field: number): bigint | undefined {
  const time = message.message(field);
  return time === undefined ? undefined : time.number(1) * NANOS + time.number(2);
}

/** Formats a time as RFC 3339. */
function textOf(nanos: bigint | undefined): string {
  if (nanos === undefined) return '';
  const seconds = nanos / NANOS;
  if (seconds < 0n || seconds > MAX_SECONDS) {
    throw new GrpcError(GRPC_STATUS.INVALID_ARGUMENT, `expected a time between 1970 and 2262, got ${seconds} seconds`);
  }
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, -5);
  return `${whole}.${String(nanos % NANOS).padStart(9, '0')}Z`;
}
const MAX_SECONDS = 9_223_372_036n;

function durationOf(message: MessageFields, field: number): string {
  const nanos = timeOf(message, field);
  return nanos === undefined || nanos === 0n ? '' : `${nanos}ns`;
}

interface TraceSummary {
  readonly traceId: string;
  readonly rootServiceName: string;
  readonly rootOperationName: string;
  readonly minStartTimeUnixNano: string;
  readonly maxEndTimeUnixNano: string;
  readonly spanCount: number;
  readonly errorSpanCount?: number;
  readonly services: readonly { readonly name: string; readonly spanCount: number; readonly errorSpanCount?: number }[];
}

function encodeSummary(summary: TraceSummary): Uint8Array {
  return encodeMessage((writer) => {
    writer.stringField(1, summary.traceId).stringField(2, summary.rootServiceName);
    writer.stringField(3, summary.rootOperationName);
    writer.fixed64Field(4, BigInt(summary.minStartTimeUnixNano)).fixed64Field(5, BigInt(summary.maxEndTimeUnixNano));
    writer.varintField(6, summary.spanCount).varintField(7, summary.errorSpanCount ?? 0);
    for (const { name, spanCount, errorSpanCount = 0 } of summary.services) {
      writer.message(9, (own) => own.stringField(1, name).varintField(2, spanCount).varintField(3, errorSpanCount));
    }
  });
}
