import type { RequestJson } from '@otelier/testkit';

/** The tables with items, by the names of the exporter. */
export const ITEM_TABLES = [
  'otel_logs',
  'otel_traces',
  ...['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'].map((kind) => `otel_metrics_${kind}`),
] as const;

/** A row of a table, whose numbers are texts. */
export type Row = Readonly<Record<string, unknown>>;

/** Parses a row of JSON, with its numbers as texts. */
export function parseRow(line: string): Row {
  const keepDigits = (_: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' ? context?.source : value;
  return JSON.parse(line, keepDigits) as Row;
}

type AnyJson = Readonly<Record<string, unknown>>;
type KeyValues = readonly { readonly key?: string; readonly value?: AnyJson }[] | undefined;

const LAST_NANOS = 2n ** 63n - 1n;
const LAST_SECONDS = 2n ** 32n - 1n;

/** Returns what the row of each item has to say, by table, derived from the request alone. */
export function summariesOfRequest(signal: keyof RequestJson, request: AnyJson): Map<string, string[]> {
  const summaries = new Map<string, string[]>();
  for (const [item, resourceKeys] of itemsOf(signal, request))
    for (const [table, values] of VALUES[signal](item)) {
      const known = summaries.get(table) ?? [];
      known.push(summary([...values, resourceKeys]));
      summaries.set(table, known);
    }
  return summaries;
}

/** Returns the items of a request, each with the keys of the attributes of its resource. */
function* itemsOf(signal: keyof RequestJson, request: AnyJson): Generator<readonly [AnyJson, readonly string[]]> {
  const [groupKey, scopesKey, itemsKey] = KEYS[signal];
  for (const group of list(request[groupKey])) {
    const resourceKeys = keysOf(object(group['resource'])['attributes'] as KeyValues);
    for (const scope of list(group[scopesKey])) for (const item of list(scope[itemsKey])) yield [item, resourceKeys];
  }
}

type Values = readonly (readonly [table: string, values: readonly unknown[]])[];

const VALUES: Readonly<Record<keyof RequestJson, (item: AnyJson) => Values>> = {
  logs: (record) => [['otel_logs', logValues(record)]],
  traces: (span) => [['otel_traces', spanValues(span)]],
  metrics: pointValues,
};

const KEYS = {
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
} as const;

function logValues(record: AnyJson): readonly unknown[] {
  const time = nanos(record['timeUnixNano']) || nanos(record['observedTimeUnixNano']);
  const body = object(record['body'])['stringValue'];
  return [
    clamped(time),
    id(record['traceId']),
    Number(record['severityNumber'] ?? 0) & 0xff,
    record['severityText'] ?? '',
    typeof body === 'string' ? body : ANY,
    record['eventName'] ?? '',
    keysOf(record['attributes'] as KeyValues),
  ];
}

function spanValues(span: AnyJson): readonly unknown[] {
  const [startNanos, end] = [nanos(span['startTimeUnixNano']), nanos(span['endTimeUnixNano'])];
  return [
    clamped(startNanos),
    id(span['traceId']),
    span['name'] ?? '',
    BigInt.asUintN(64, end - startNanos),
    keysOf(span['attributes'] as KeyValues),
    list(span['events']).map((event) => [clamped(nanos(event['timeUnixNano'])), event['name'] ?? '']),
    list(span['links']).map((link) => id(link['traceId'])),
  ];
}

const TABLE_OF_KIND = {
  gauge: 'gauge',
  sum: 'sum',
  histogram: 'histogram',
  exponentialHistogram: 'exponential_histogram',
  summary: 'summary',
};

function pointValues(metric: AnyJson): Values {
  return Object.entries(TABLE_OF_KIND).flatMap(([kind, table]): Values => {
    const isNumber = kind === 'gauge' || kind === 'sum';
    const data = object(metric[kind]);
    return list(data['dataPoints']).map((point) => {
      const seconds = nanos(point['timeUnixNano']) / 1_000_000_000n;
      const buckets = kind === 'exponentialHistogram' ? object(point['positive']) : point;
      return [
        `otel_metrics_${table}`,
        [
          metric['name'] ?? '',
          seconds < LAST_SECONDS ? seconds : LAST_SECONDS,
          keysOf(point['attributes'] as KeyValues),
          isNumber ? numberOf(point) : '',
          isNumber ? '' : nanos(point['count']),
          texts(buckets['bucketCounts']),
          list(point['exemplars']).map(numberOf),
        ],
      ];
    });
  });
}

function numberOf(item: AnyJson): string {
  return double(item['asInt'] ?? item['asDouble'] ?? 0);
}

/** Marks what is not compared. */
const ANY = '*';

/** Returns the same of a row. A body that is no text is not compared: it is not among the `expected` summaries. */
export function summaryOfRow(table: string, row: Row, expected: ReadonlySet<string>): string {
  const origin = sortedKeys(Object.keys(object(row['ResourceAttributes'])));
  if (table === 'otel_logs') {
    const values = (body: unknown) => [
      nanosOf(row['Timestamp']),
      row['TraceId'],
      row['SeverityNumber'],
      row['SeverityText'],
      body,
      row['EventName'],
      sortedKeys(Object.keys(object(row['LogAttributes']))),
      origin,
    ];
    const exact = summary(values(row['Body']));
    return expected.has(exact) ? exact : summary(values(ANY));
  }
  if (table === 'otel_traces') {
    const names = row['Events.Name'] as readonly unknown[];
    const times = row['Events.Timestamp'] as readonly unknown[];
    return summary([
      nanosOf(row['Timestamp']),
      row['TraceId'],
      row['SpanName'],
      row['Duration'],
      sortedKeys(Object.keys(object(row['SpanAttributes']))),
      names.map((name, at) => [nanosOf(times[at]), name]),
      row['Links.TraceId'],
      origin,
    ]);
  }
  return summary([
    row['MetricName'],
    nanosOf(row['TimeUnix']) / 1_000_000_000n,
    sortedKeys(Object.keys(object(row['Attributes']))),
    'Value' in row ? double(row['Value']) : '',
    row['Count'] ?? '',
    row['PositiveBucketCounts'] ?? row['BucketCounts'] ?? [],
    ((row['Exemplars.Value'] ?? []) as readonly unknown[]).map(double),
    origin,
  ]);
}

function summary(values: readonly unknown[]): string {
  return JSON.stringify(values, (_, value: unknown) => {
    if (typeof value === 'string') return wellFormed(value);
    return typeof value === 'bigint' || typeof value === 'number' ? String(value) : value;
  });
}

function list(value: unknown): readonly AnyJson[] {
  return Array.isArray(value) ? value : [];
}

function object(value: unknown): AnyJson {
  return typeof value === 'object' && value !== null ? (value as AnyJson) : {};
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function nanos(value: unknown): bigint {
  return BigInt((value as string | undefined) ?? 0);
}

function clamped(value: bigint): bigint {
  return value < LAST_NANOS ? value : LAST_NANOS;
}

/** Returns a double as text, without what ClickHouse does not keep: denormal numbers. */
function double(value: unknown): string {
  const number = value === null ? Number.NaN : Number(NAMES.get(String(value)) ?? value);
  return Math.abs(number) < 2.3e-308 ? '0' : String(number);
}

const NAMES: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
]);

function id(value: unknown): string {
  const text = String(value ?? '').toLowerCase();
  return /[^0]/.test(text) ? text : '';
}

function keysOf(attributes: KeyValues): readonly string[] {
  return sortedKeys((attributes ?? []).map(({ key = '' }) => key));
}

function sortedKeys(keys: readonly string[]): readonly string[] {
  return [...new Set(keys.map(wellFormed))].sort();
}

/** Replaces what is no UTF-8 by one character, however many bytes it has. */
function wellFormed(text: string): string {
  return text.toWellFormed().replace(/\ufffd+/g, '\ufffd');
}

/** Returns the nanoseconds of a time such as `2023-11-14 22:13:20.123456789`. */
function nanosOf(text: unknown): bigint {
  const [, day, time, fraction = '0'] = /^(\S+)[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?Z?$/.exec(String(text)) ?? [];
  return BigInt(Date.parse(`${day}T${time}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
