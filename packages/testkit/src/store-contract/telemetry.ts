import { keyValues, type LogRecordJson, type MetricJson, type PlainValue, type SpanJson } from '../otlp-json.ts';
import type { RequestJson } from '../request-codec.ts';

/**
 * Number of one-minute steps in the suite's range, which is recent enough that retention deletes nothing while the
 * suite runs.
 */
export const STEPS = 60;
const MINUTE = 60_000_000_000n;
const HOUR_MILLIS = 3_600_000;
export const START = BigInt(Math.floor(Date.now() / HOUR_MILLIS) * HOUR_MILLIS - 2 * HOUR_MILLIS) * 1_000_000n;
export const END = START + BigInt(STEPS) * MINUTE;
/** The complete range and the tenant used by the suite. */
export const RANGE = { tenant: 'default', start: START, end: END } as const;

/** Returns a time within the range. */
export function at(minute: number, nanos = 0n): bigint {
  return START + BigInt(minute) * MINUTE + nanos;
}

/** Converts milliseconds to nanoseconds. */
export function ms(millis: number): number {
  return millis * 1e6;
}

/** Creates a trace ID from a small number. */
export function traceId(n: number): string {
  return n.toString(16).padStart(32, 'a');
}

/** Creates a span ID from a small number. */
export function spanId(n: number): string {
  return n.toString(16).padStart(16, 'b');
}

const KINDS = { unspecified: 0, internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;

/** Creates a span from a few fields. */
export function span(of: {
  readonly trace: number;
  readonly id: number;
  readonly parent?: number;
  readonly name: string;
  readonly kind?: keyof typeof KINDS;
  readonly start: bigint;
  readonly millis: number;
  readonly error?: string;
  readonly exception?: { readonly type: string; readonly message: string };
  readonly attributes?: Readonly<Record<string, PlainValue>>;
}): SpanJson {
  const end = of.start + BigInt(ms(of.millis));
  return {
    traceId: traceId(of.trace),
    spanId: spanId(of.id),
    ...(of.parent !== undefined && { parentSpanId: spanId(of.parent) }),
    name: of.name,
    kind: KINDS[of.kind ?? 'internal'],
    startTimeUnixNano: of.start.toString(),
    endTimeUnixNano: end.toString(),
    attributes: keyValues(of.attributes ?? {}),
    ...(of.exception !== undefined && {
      events: [
        {
          timeUnixNano: end.toString(),
          name: 'exception',
          attributes: keyValues({ 'exception.type': of.exception.type, 'exception.message': of.exception.message }),
        },
      ],
    }),
    ...(of.error !== undefined && { status: { code: 2, message: of.error } }),
  };
}

/** Creates a request with the spans of one service. */
export function tracesOf(
  service: string,
  spans: readonly SpanJson[],
  resource: Readonly<Record<string, PlainValue>> = {},
): RequestJson['traces'] {
  const attributes = keyValues({ 'service.name': service, ...resource });
  return { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope: { name: 'suite.traces' }, spans }] }] };
}

/** Creates a request with the log records of one service. */
export function logsOf(service: string, logRecords: readonly LogRecordJson[]): RequestJson['logs'] {
  const attributes = keyValues({ 'service.name': service, 'host.name': `host-of-${service}` });
  return { resourceLogs: [{ resource: { attributes }, scopeLogs: [{ scope: { name: 'suite.logs' }, logRecords }] }] };
}

/** Creates a request with the metrics of one service. */
export function metricsOf(service: string, metrics: readonly MetricJson[]): RequestJson['metrics'] {
  const attributes = keyValues({ 'service.name': service });
  return {
    resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ scope: { name: 'suite.metrics' }, metrics }] }],
  };
}
