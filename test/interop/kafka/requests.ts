import { requestFromJson, requestToJson } from '@otelier/otlp';
import { stableText } from '../trace-protocols/normalize.ts';

/** The signals that all encodings are for. */
export type KafkaSignal = 'traces' | 'metrics' | 'logs';

const NANOS = 1_700_000_000_000_000_000n;
const BATCHES = 10;
const BATCH_ITEMS = 20;
const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
const resource = (batch: number) => ({
  attributes: [text('service.name', `service-${batch % 3}`), text('zone', 'eu-1')],
});
const items = <Item>(create: (i: number) => Item) => Array.from({ length: BATCH_ITEMS }, (_, i) => create(i));
const batches = <Request>(create: (batch: number) => Request) => Array.from({ length: BATCHES }, (_, i) => create(i));

/** Requests in OTLP/JSON, whose items are distinct. */
export const REQUESTS: Readonly<Record<KafkaSignal, readonly object[]>> = {
  traces: batches((batch) => ({
    resourceSpans: [
      {
        resource: resource(batch),
        scopeSpans: [{ scope: { name: 'shop', version: '1.2' }, spans: items((i) => spanOf(batch, i)) }],
      },
    ],
  })),
  metrics: batches((batch) => ({
    resourceMetrics: [{ resource: resource(batch), scopeMetrics: [{ metrics: items((i) => metricOf(batch, i)) }] }],
  })),
  logs: batches((batch) => ({
    resourceLogs: [{ resource: resource(batch), scopeLogs: [{ logRecords: items((i) => recordOf(batch, i)) }] }],
  })),
};

function spanOf(batch: number, i: number): object {
  const start = NANOS + BigInt(batch * 1_000_000_000 + i * 1_000_000);
  return {
    traceId: hex(batch + 1, 32),
    spanId: hex(batch * 1000 + i + 1, 16),
    ...(i > 0 && { parentSpanId: hex(batch * 1000 + 1, 16) }),
    name: `operation ${i}`,
    kind: 1 + (i % 5),
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + 5_000_000n),
    attributes: [
      text('http.route', `/cart/${i}`),
      text('grün', '✓'),
      { key: 'attempt', value: { intValue: String(i) } },
      { key: 'ratio', value: { doubleValue: i + 0.5 } },
      { key: 'cached', value: { boolValue: i % 2 === 0 } },
    ],
    ...(i % 4 === 0 && {
      events: [{ name: 'retry', timeUnixNano: String(start + 1_000_000n), attributes: [text('reason', 'timeout')] }],
    }),
    ...(i % 5 === 0 && { status: { code: 2, message: 'failed' } }),
  };
}

function metricOf(batch: number, i: number): object {
  const point = {
    timeUnixNano: String(NANOS + BigInt(batch)),
    startTimeUnixNano: String(NANOS - 1000n),
    attributes: [text('item', `${batch}-${i}`)],
  };
  const name = `metric_${i % 3}`;
  if (i % 3 === 0) return { name, unit: '1', gauge: { dataPoints: [{ ...point, asDouble: i / 4 }] } };
  if (i % 3 === 1)
    return {
      name,
      sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ ...point, asInt: String(i) }] },
    };
  const counts = { count: '6', sum: 12.5, bucketCounts: ['1', '2', '3'], explicitBounds: [1, 5] };
  return { name, histogram: { aggregationTemporality: 2, dataPoints: [{ ...point, ...counts }] } };
}

function recordOf(batch: number, i: number): object {
  return {
    timeUnixNano: String(NANOS + BigInt(batch)),
    observedTimeUnixNano: String(NANOS),
    severityNumber: 9,
    severityText: 'INFO',
    body: {
      kvlistValue: { values: [text('message', `grün ${batch} ${i}`), { key: 'n', value: { doubleValue: i + 0.5 } }] },
    },
    attributes: [text('item', `${batch}-${i}`)],
    traceId: hex(batch + 1, 32),
    spanId: hex(i + 1, 16),
  };
}

type Level = Readonly<Record<string, unknown>>;

const LEVELS: Readonly<Record<KafkaSignal, readonly [groups: string, scopes: string, items: string]>> = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
};

/** Returns the items of requests in OTLP/JSON as texts, each with its resource and scope, with attributes in order. */
export function itemTexts(signal: KafkaSignal, requests: readonly object[]): string[] {
  const [groups, scopes, itemsKey] = LEVELS[signal];
  const texts = requests.flatMap((request) =>
    listAt(canonical(signal, request), groups).flatMap((group) =>
      listAt(group, scopes).flatMap(({ scope, ...rest }) =>
        listAt(rest, itemsKey).map((item) => stableText(sorted({ resource: group['resource'], scope, item }))),
      ),
    ),
  );
  return texts.sort();
}

function canonical(signal: KafkaSignal, request: object): Level {
  const read = requestFromJson(signal, Buffer.from(JSON.stringify(request)));
  if (!read.ok) throw new Error(`expected a request in OTLP/JSON, got ${JSON.stringify(request).slice(0, 200)}`);
  return JSON.parse(requestToJson(signal, read.bytes)) as Level;
}

function listAt(level: Level, key: string): readonly Level[] {
  return (level[key] ?? []) as readonly Level[];
}

/** Sorts lists of attributes. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const list = value.map(sorted);
    const isAttributes = list.every((one) => typeof one === 'object' && one !== null && 'key' in one);
    return isAttributes ? list.toSorted((a, b) => (String(a.key) < String(b.key) ? -1 : 1)) : list;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, sorted(one)]));
}

/** Removes times, which are those of receipt. */
export function withoutTimes(request: object): object {
  return JSON.parse(
    JSON.stringify(request, (key, value) => (key.endsWith('imeUnixNano') ? undefined : value)),
  ) as object;
}
