import { keyValues, type LogRecordJson, type MetricJson, type SpanJson } from '@otelier/testkit/otlp-json';
import type { Gateway } from './gateway.ts';
import { send, serviceNamed } from './send.ts';

/** Valid telemetry that charts and tables may not expect, in its own time range. */
export interface EdgeCase {
  readonly name: string;
  readonly service: string;
  readonly spans: readonly SpanJson[];
  readonly logs: readonly LogRecordJson[];
  readonly metrics: readonly MetricJson[];
}

/** A case that was sent. */
export interface SentCase extends EdgeCase {
  readonly fromMillis: number;
  readonly toMillis: number;
}

const CASE_MILLIS = 120_000;
const SERVER = 2;
const CLIENT = 3;
const HOSTILE = `<img src=x onerror=alert(1)> \u202e"'\\ %00 ${'long '.repeat(60)}`;

/** Sends all cases with consecutive time ranges, the last of which ends now. */
export async function sendEdgeCases(gateway: Gateway): Promise<readonly SentCase[]> {
  const nowMillis = Date.now();
  const sent: SentCase[] = [];
  for (const [index, make] of CASES.entries()) {
    const fromMillis = nowMillis - (CASES.length - index) * CASE_MILLIS;
    const edge = make(BigInt(fromMillis + CASE_MILLIS / 2) * 1_000_000n);
    const resource = serviceNamed(edge.service);
    const { spans, logs, metrics } = edge;
    if (spans.length > 0) await send(gateway, 'traces', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
    if (logs.length > 0)
      await send(gateway, 'logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords: logs }] }] });
    if (metrics.length > 0)
      await send(gateway, 'metrics', { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] });
    sent.push({ ...edge, fromMillis, toMillis: fromMillis + CASE_MILLIS });
  }
  return sent;
}

/** Creates a case at a time given in nanoseconds. */
type MakeCase = (at: bigint) => EdgeCase;

const NOTHING = { spans: [], logs: [], metrics: [] };

const CASES: readonly MakeCase[] = [
  () => ({ ...NOTHING, name: 'no data at all', service: 'unused' }),
  (at) => ({ ...NOTHING, name: 'only client spans', service: 'client', spans: lasting(at, CLIENT, [0, 1e6, 2e9]) }),
  (at) => ({ ...NOTHING, name: 'only spans of 0 ns', service: 'instant', spans: lasting(at, SERVER, [0, 0]) }),
  (at) => ({ ...NOTHING, name: 'only spans under 1 µs', service: 'short', spans: lasting(at, SERVER, [1, 500]) }),
  (at) => ({ ...NOTHING, name: 'only spans that end before they start', service: 'back', spans: backwards(at) }),
  (at) => ({ ...NOTHING, name: 'one span, as the quick start sends it', service: 'one', spans: quickStart(at) }),
  (at) => ({ ...NOTHING, name: 'durations far apart', service: 'far', spans: farApart(at) }),
  (at) => ({ ...NOTHING, name: 'hostile names', service: HOSTILE, ...hostile(at) }),
  (at) => ({ ...NOTHING, name: 'odd numbers in metrics', service: 'metrics', metrics: oddMetrics(at) }),
  (at) => ({ ...NOTHING, name: 'log records without most fields', service: 'logs', logs: bareLogs(at) }),
];

let ids = 0;

function idOf(digits: number): string {
  ids += 1;
  return ids.toString(16).padStart(digits, 'e');
}

function spanAt(at: bigint, durationNanos: bigint, kind: number, more: Partial<SpanJson> = {}): SpanJson {
  const name = 'GET /edge';
  const times = { startTimeUnixNano: String(at), endTimeUnixNano: String(at + durationNanos) };
  return { traceId: idOf(32), spanId: idOf(16), name, kind, ...times, ...more };
}

function lasting(at: bigint, kind: number, nanos: readonly number[]): SpanJson[] {
  return nanos.map((duration) => spanAt(at, BigInt(duration), kind, { status: { code: 2 } }));
}

function backwards(at: bigint): SpanJson[] {
  const traceId = idOf(32);
  const parent = spanAt(at, -5_000_000n, SERVER, { traceId });
  const events = [{ timeUnixNano: String(at - 10_000_000_000n), name: 'before it began' }];
  return [
    parent,
    spanAt(at - 1_000_000n, -1n, CLIENT, { traceId, ...(parent.spanId && { parentSpanId: parent.spanId }), events }),
    spanAt(at, -3_600_000_000_000n, SERVER),
  ];
}

/** Returns a span without kind and parent, as sent by the `curl` command in the quick start. */
function quickStart(at: bigint): SpanJson[] {
  return [spanAt(at, 0n, 0, { name: 'hello' })];
}

function farApart(at: bigint): SpanJson[] {
  const traceId = idOf(32);
  return [
    spanAt(at, 1n, SERVER, { traceId }),
    spanAt(at, 31_536_000_000_000_000n, SERVER, { traceId }),
    spanAt(at, 0n, SERVER, { startTimeUnixNano: '0', endTimeUnixNano: String(at) }),
    spanAt(at, 0n, SERVER, { startTimeUnixNano: String(at), endTimeUnixNano: '18446744073709551615' }),
    spanAt(at, 0n, SERVER, { startTimeUnixNano: '9223372036854775807', endTimeUnixNano: '9223372036854775807' }),
  ];
}

function hostile(at: bigint): Pick<EdgeCase, 'spans' | 'logs' | 'metrics'> {
  const attributes = keyValues({ [HOSTILE]: HOSTILE, constructor: 'x', __proto: 1, toString: '', 'a"b.c': true });
  const events = [{ timeUnixNano: String(at), name: HOSTILE, attributes }];
  const loop = idOf(32);
  const [one, other] = [idOf(16), idOf(16)];
  const point = { timeUnixNano: String(at), asDouble: 1.5, attributes };
  return {
    spans: [
      spanAt(at, 1_000_000n, SERVER, { name: HOSTILE, attributes, events, status: { code: 2, message: HOSTILE } }),
      spanAt(at, 1_000_000n, SERVER, { name: '', status: { code: 2 } }),
      spanAt(at, 1n, SERVER, { name: 'constructor', traceId: loop, spanId: one, parentSpanId: other }),
      spanAt(at, 1n, CLIENT, { name: '__proto__', traceId: loop, spanId: other, parentSpanId: one }),
    ],
    logs: [
      {
        timeUnixNano: String(at),
        severityNumber: 17,
        severityText: HOSTILE,
        body: { stringValue: HOSTILE },
        attributes,
      },
      {
        timeUnixNano: String(at),
        severityNumber: 99,
        body: { kvlistValue: { values: attributes } },
        eventName: HOSTILE,
      },
    ],
    metrics: [
      { name: HOSTILE, description: HOSTILE, unit: HOSTILE, gauge: { dataPoints: [point] } },
      { name: 'constructor', unit: 'constructor', gauge: { dataPoints: [point] } },
      { name: 'x'.repeat(4000), unit: '{toString}', gauge: { dataPoints: [point] } },
    ],
  };
}

function oddMetrics(at: bigint): MetricJson[] {
  const series = (values: readonly number[], stepNanos = 5_000_000_000n) =>
    values.map((asDouble, index) => ({
      startTimeUnixNano: String(at - 60_000_000_000n),
      timeUnixNano: String(at + BigInt(index) * stepNanos),
      asDouble,
    }));
  const gauge = (name: string, unit: string, values: readonly number[]): MetricJson => ({
    name,
    unit,
    gauge: { dataPoints: series(values) },
  });
  const bounds = { timeUnixNano: String(at), startTimeUnixNano: String(at - 1_000_000n) };
  return [
    gauge('odd.nan', '1', [Number.NaN, Number.NaN]),
    gauge('odd.infinite', 's', [1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]),
    gauge('odd.single', 'By', [7]),
    gauge('odd.constant', '%', [5, 5, 5, 5]),
    gauge('odd.zero', 'ms', [0, 0, 0]),
    gauge('odd.negative', 'By', [-1, -1e9, -0.001, -0]),
    gauge('odd.negative_duration', 's', [-1, -1e9]),
    gauge('odd.huge', '{thing}', [Number.MAX_VALUE, -Number.MAX_VALUE]),
    gauge('odd.tiny', 's', [Number.MIN_VALUE, 1e-300]),
    {
      name: 'odd.counter',
      sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: series([5, 3, -1, 1e300]) },
    },
    {
      name: 'odd.empty_histogram',
      unit: 's',
      histogram: { aggregationTemporality: 1, dataPoints: [{ ...bounds, count: 0 }] },
    },
    {
      name: 'odd.histogram',
      unit: 'ms',
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [{ ...bounds, count: 3, sum: Number.NaN, bucketCounts: [1, 1, 1], explicitBounds: [-1, 0] }],
      },
    },
    {
      name: 'odd.exponential',
      exponentialHistogram: {
        aggregationTemporality: 1,
        dataPoints: [{ ...bounds, count: 0, scale: -10, zeroCount: 0 }],
      },
    },
    { name: 'odd.summary', summary: { dataPoints: [{ ...bounds, count: 0, sum: 0, quantileValues: [] }] } },
  ];
}

function bareLogs(at: bigint): LogRecordJson[] {
  return [
    { timeUnixNano: String(at) },
    { observedTimeUnixNano: String(at), body: {} },
    {},
    { timeUnixNano: String(at), observedTimeUnixNano: '1', severityNumber: -3, body: { arrayValue: {} } },
    { timeUnixNano: String(at), body: { doubleValue: -0 }, traceId: '', spanId: '' },
    { timeUnixNano: '18446744073709551615', body: { stringValue: 'after the end of time' } },
  ];
}
