import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyFieldRequest } from '@otelier/testkit/otlp/every-field-request';
import { decodeRequest, encodeRequest } from '@otelier/testkit/request-codec';
import { MESSAGES, type MessageName } from '../wire/descriptors.ts';
import { ANY_VALUE_FIELDS, anyValueAsText, encodeAnyValue } from './any-value.ts';
import { DATA_POINT_FIELDS } from './data-point.ts';
import { EXEMPLAR_FIELDS } from './exemplar.ts';
import { decodeHex } from './hex.ts';
import { LOG_RECORD_FIELDS } from './log-record.ts';
import { METRIC_DATA_FIELDS, METRIC_FIELDS } from './metric.ts';
import { RESOURCE_FIELDS } from './resource.ts';
import { SCOPE_FIELDS } from './scope.ts';
import { SPAN_FIELDS, type SpanView, STATUS_FIELDS } from './span.ts';
import { SPAN_EVENT_FIELDS } from './span-event.ts';
import { SPAN_LINK_FIELDS } from './span-link.ts';
import {
  forEachDataPoint,
  forEachLogRecord,
  forEachSpan,
  rewriteDataPoints,
  rewriteLogRecords,
  rewriteMetrics,
  rewriteSpans,
} from './visit.ts';

type Json = Readonly<Record<string, unknown>>;

test('field numbers match the descriptors', () => {
  const tables: readonly (readonly [MessageName, Readonly<Record<string, number>>])[] = [
    ['Span', SPAN_FIELDS],
    ['Status', STATUS_FIELDS],
    ['Span.Event', SPAN_EVENT_FIELDS],
    ['Span.Link', SPAN_LINK_FIELDS],
    ['LogRecord', LOG_RECORD_FIELDS],
    ['Metric', METRIC_FIELDS],
    ['Sum', METRIC_DATA_FIELDS],
    ['NumberDataPoint', DATA_POINT_FIELDS.gauge],
    ['NumberDataPoint', DATA_POINT_FIELDS.sum],
    ['HistogramDataPoint', DATA_POINT_FIELDS.histogram],
    ['ExponentialHistogramDataPoint', DATA_POINT_FIELDS.exponentialHistogram],
    ['SummaryDataPoint', DATA_POINT_FIELDS.summary],
    ['Exemplar', EXEMPLAR_FIELDS],
    ['Resource', RESOURCE_FIELDS],
    ['InstrumentationScope', SCOPE_FIELDS],
  ];
  for (const [name, table] of tables) {
    const expected = MESSAGES[name].fields.map((field): [string, number] => [field.jsonName, field.number]);
    assert.deepEqual(table, Object.fromEntries(expected), name);
  }
  for (const [kind, number] of Object.entries(ANY_VALUE_FIELDS)) {
    assert.equal(MESSAGES.AnyValue.byNumber.get(number)?.jsonName, `${kind}Value`);
  }
});

/** Converts an OTLP/JSON `AnyValue` to the value that a view returns. */
function plain(value: unknown): unknown {
  const [[kind, content] = ['', undefined]] = Object.entries((value ?? {}) as Json);
  const { values = [] } = (content ?? {}) as { values?: readonly Json[] };
  switch (kind) {
    case 'intValue':
      return Number.isSafeInteger(Number(content)) ? Number(content) : BigInt(content as string);
    case 'bytesValue':
      return Uint8Array.from(Buffer.from(content as string, 'base64'));
    case 'arrayValue':
      return values.map(plain);
    case 'kvlistValue':
      return Object.fromEntries(entries(values));
    default:
      return content;
  }
}

function entries(list: unknown): [string, unknown][] {
  return ((list ?? []) as readonly Json[]).map(({ key, value }) => [key as string, plain(value)]);
}

function number(value: unknown): number | bigint | undefined {
  if (typeof value !== 'string') return value as number | undefined;
  return Number.isSafeInteger(Number(value)) ? Number(value) : BigInt(value);
}

const big = (value: unknown): bigint => BigInt(value as string);

/** Returns the value at a path in plain objects. */
function at(json: unknown, ...path: readonly (string | number)[]): Json {
  return path.reduce((node, step) => (node as Record<string | number, unknown>)[step], json) as Json;
}

test('a span view reads every field', () => {
  const request = encodeRequest('traces', everyFieldRequest('traces', 3));
  const json = decodeRequest('traces', request);
  const group = at(json, 'resourceSpans', 0);
  const span = at(group, 'scopeSpans', 0, 'spans', 0);
  let seen = 0;
  forEachSpan(request, (view) => {
    if (seen++ > 0) return;
    for (const name of ['traceId', 'spanId', 'parentSpanId', 'traceState', 'name', 'kind', 'flags'] as const)
      assert.equal(view[name], span[name], name);
    for (const name of ['droppedAttributesCount', 'droppedEventsCount', 'droppedLinksCount'] as const) {
      assert.equal(view[name], span[name], name);
    }
    assert.deepEqual(view.traceIdBytes, decodeHex(view.traceId));
    assert.deepEqual(view.spanIdBytes, decodeHex(view.spanId));
    assert.deepEqual(view.parentSpanIdBytes, decodeHex(view.parentSpanId));
    assert.equal(view.isRoot, false);
    assert.equal(view.startTimeUnixNano, big(span['startTimeUnixNano']));
    assert.equal(view.endTimeUnixNano, big(span['endTimeUnixNano']));
    assert.equal(view.durationNanos, view.endTimeUnixNano - view.startTimeUnixNano);
    assert.ok(Math.abs(view.durationMillis - Number(view.durationNanos) / 1e6) < 0.01);
    assert.equal(view.statusCode, at(span, 'status')['code']);
    assert.equal(view.statusMessage, at(span, 'status')['message']);
    assert.deepEqual([...view.attributes], entries(span['attributes']));
    assert.equal(view.attributes.size, entries(span['attributes']).length);
    for (const [key, value] of entries(span['attributes'])) assert.deepEqual(view.attributes.get(key), value, key);
    const events = span['events'] as readonly Json[];
    assert.deepEqual(
      view.events.map((event) => [
        event.name,
        event.timeUnixNano,
        event.droppedAttributesCount,
        event.attributes.entries(),
      ]),
      events.map((event) => [
        event['name'],
        big(event['timeUnixNano']),
        event['droppedAttributesCount'],
        entries(event['attributes']),
      ]),
    );
    const links = span['links'] as readonly Json[];
    assert.deepEqual(
      view.links.map((link) => [
        link.traceId,
        link.spanId,
        link.traceState,
        link.flags,
        link.droppedAttributesCount,
        link.attributes.entries(),
      ]),
      links.map((link) => [
        link['traceId'],
        link['spanId'],
        link['traceState'],
        link['flags'],
        link['droppedAttributesCount'],
        entries(link['attributes']),
      ]),
    );
    const resource = at(group, 'resource');
    assert.deepEqual(view.resource.attributes.entries(), entries(resource['attributes']));
    assert.equal(view.resource.droppedAttributesCount, resource['droppedAttributesCount']);
    assert.equal(view.resource.schemaUrl, group['schemaUrl']);
    const scope = at(group, 'scopeSpans', 0, 'scope');
    assert.deepEqual([view.scope.name, view.scope.version], [scope['name'], scope['version']]);
    assert.deepEqual(view.scope.attributes.entries(), entries(scope['attributes']));
    assert.equal(view.scope.droppedAttributesCount, scope['droppedAttributesCount']);
    assert.equal(view.scope.schemaUrl, at(group, 'scopeSpans', 0)['schemaUrl']);
  });
  assert.ok(seen > 0);
});

test('a log record view reads every field', () => {
  const request = encodeRequest('logs', everyFieldRequest('logs', 4));
  const record = at(decodeRequest('logs', request), 'resourceLogs', 0, 'scopeLogs', 0, 'logRecords', 0);
  let seen = 0;
  forEachLogRecord(request, (view) => {
    if (seen++ > 0) return;
    for (const name of [
      'severityNumber',
      'severityText',
      'traceId',
      'spanId',
      'eventName',
      'flags',
      'droppedAttributesCount',
    ] as const) {
      assert.equal(view[name], record[name], name);
    }
    assert.deepEqual(view.traceIdBytes, decodeHex(view.traceId));
    assert.deepEqual(view.spanIdBytes, decodeHex(view.spanId));
    assert.equal(view.timeUnixNano, big(record['timeUnixNano']));
    assert.equal(view.observedTimeUnixNano, big(record['observedTimeUnixNano']));
    assert.deepEqual(view.body, plain(record['body']));
    assert.equal(view.bodyKind, 'kvlist');
    assert.deepEqual(view.attributes.toObject(), Object.fromEntries(entries(record['attributes'])));
  });
  assert.ok(seen > 0);
});

test('a data point view reads every field of every kind', () => {
  const request = encodeRequest('metrics', everyFieldRequest('metrics', 5));
  const metrics = at(decodeRequest('metrics', request), 'resourceMetrics', 0, 'scopeMetrics', 0)[
    'metrics'
  ] as unknown as readonly Json[];
  const expected = metrics.flatMap((metric) => {
    const kind = Object.keys(metric).find((name) => name in DATA_POINT_FIELDS) as keyof typeof DATA_POINT_FIELDS;
    return (at(metric, kind)['dataPoints'] as readonly Json[]).map((point) => ({ metric, kind, point }));
  });
  let index = 0;
  forEachDataPoint(request, (view, metricView) => {
    const next = expected[index++];
    if (next === undefined) return;
    const { metric, kind, point } = next;
    const data = at(metric, kind);
    assert.deepEqual(
      [metricView.name, metricView.description, metricView.unit],
      [metric['name'], metric['description'], metric['unit']],
    );
    assert.deepEqual([metricView.kind, view.kind], [kind, kind]);
    assert.equal(metricView.aggregationTemporality, data['aggregationTemporality'] ?? 0);
    assert.equal(metricView.isMonotonic, data['isMonotonic'] ?? false);
    assert.deepEqual(metricView.metadata.entries(), entries(metric['metadata']));
    assert.deepEqual(view.attributes.entries(), entries(point['attributes']));
    assert.equal(view.startTimeUnixNano, big(point['startTimeUnixNano']));
    assert.equal(view.timeUnixNano, big(point['timeUnixNano']));
    assert.equal(view.flags, point['flags']);
    assert.equal(view.value, point['asDouble'] ?? number(point['asInt']));
    const valueKind = 'asInt' in point ? 'int' : 'asDouble' in point ? 'double' : undefined;
    assert.equal(view.valueKind, valueKind);
    assert.equal(view.count, point['count'] === undefined ? undefined : big(point['count']));
    for (const name of ['sum', 'min', 'max', 'scale', 'zeroThreshold', 'quantileValues', 'explicitBounds'] as const) {
      assert.deepEqual(view[name], point[name], `${kind} ${name}`);
    }
    assert.equal(view.zeroCount, point['zeroCount'] === undefined ? undefined : big(point['zeroCount']));
    assert.deepEqual(view.bucketCounts, (point['bucketCounts'] as string[] | undefined)?.map(BigInt));
    for (const name of ['positive', 'negative'] as const) {
      const buckets = point[name] as { offset: number; bucketCounts: string[] } | undefined;
      assert.deepEqual(
        view[name],
        buckets && { offset: buckets.offset, bucketCounts: buckets.bucketCounts.map(BigInt) },
      );
    }
    const exemplars = (point['exemplars'] ?? []) as readonly Json[];
    assert.deepEqual(
      view.exemplars.map((e) => [e.timeUnixNano, e.value, e.traceId, e.spanId, e.filteredAttributes.entries()]),
      exemplars.map((e) => [
        big(e['timeUnixNano']),
        e['asDouble'] ?? number(e['asInt']),
        e['traceId'],
        e['spanId'],
        entries(e['filteredAttributes']),
      ]),
    );
  });
  assert.ok(index >= expected.length && expected.length >= 10, `${index} of ${expected.length}`);
});

test('an empty span reads as defaults', () => {
  const request = encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans: [{}] }] }] });
  forEachSpan(request, (span) => {
    assert.deepEqual(
      [
        span.traceId,
        span.name,
        span.kind,
        span.startTimeUnixNano,
        span.statusCode,
        span.statusMessage,
        span.flags,
        span.isRoot,
      ],
      ['', '', 0, 0n, 0, '', 0, true],
    );
    assert.deepEqual([span.events, span.links, [...span.attributes]], [[], [], []]);
    assert.deepEqual([span.resource.schemaUrl, span.resource.serviceName, span.scope.name], ['', undefined, '']);
  });
});

const SHOP = encodeRequest('traces', {
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeSpans: [
        {
          spans: ['GET /order/17', 'GET /healthz', 'GET /cart'].map((name) => ({
            name,
            events: [{ name: 'keep' }, { name: 'noise' }],
            attributes: [{ key: 'old', value: { intValue: '1' } }],
          })),
        },
      ],
    },
  ],
});

test('a function over spans changes them through setters and drops those for which it returns false', () => {
  const { bytes, kept, dropped } = rewriteSpans(SHOP, (span) => {
    if (span.name.endsWith('/healthz')) return false;
    span.attributes.set('env', 'prod').set('service', span.resource.serviceName);
    assert.equal(span.attributes.delete('old'), true);
    assert.equal(span.attributes.has('old'), false);
    assert.equal(span.attributes.delete('old'), false);
    assert.equal(span.attributes.get('env'), 'prod');
    span.name = span.name.replace(/\/\d+/, '/:id');
    span.kind = 2;
    span.traceState = 'ot=th:8';
    if (span.name.includes(':id')) span.setStatus(2, 'bad');
    assert.equal(
      span.filterEvents((event) => event.name !== 'noise'),
      1,
    );
    assert.equal(span.hasError, span.name.includes(':id'));
    return true;
  });
  assert.deepEqual([kept, dropped], [2, 1]);
  const spans = at(decodeRequest('traces', bytes ?? new Uint8Array()), 'resourceSpans', 0, 'scopeSpans', 0)['spans'];
  const attributes = [
    { key: 'env', value: { stringValue: 'prod' } },
    { key: 'service', value: { stringValue: 'shop' } },
  ];
  const common = { kind: 2, traceState: 'ot=th:8', events: [{ name: 'keep' }], attributes };
  assert.deepEqual(spans, [
    { name: 'GET /order/:id', ...common, status: { code: 2, message: 'bad' } },
    { name: 'GET /cart', ...common },
  ]);
});

test('a function that only reads leaves the request unchanged', () => {
  const names: string[] = [];
  const result = rewriteSpans(SHOP, (span: SpanView) => {
    names.push(span.name);
    return undefined;
  });
  assert.equal(result.bytes, SHOP);
  assert.equal(names.length, 3);
});

test('functions over log records, data points and metrics change them too', () => {
  const logs = encodeRequest('logs', {
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'a' } }, {}] }] }],
  });
  const records = rewriteLogRecords(logs, (record) => {
    record.body = record.body === undefined ? ['made', 1] : undefined;
    record.severityNumber = 9;
    record.severityText = 'INFO';
    record.eventName = 'e';
    return true;
  });
  const common = { severityNumber: 9, severityText: 'INFO', eventName: 'e' };
  assert.deepEqual(at(decodeRequest('logs', records.bytes ?? logs), 'resourceLogs', 0, 'scopeLogs', 0)['logRecords'], [
    common,
    { ...common, body: { arrayValue: { values: [{ stringValue: 'made' }, { intValue: '1' }] } } },
  ]);

  const metrics = encodeRequest('metrics', {
    resourceMetrics: [
      {
        scopeMetrics: [
          {
            metrics: [
              { name: 'a', sum: { dataPoints: [{ asInt: '1' }, { asInt: '2' }] } },
              { name: 'b', histogram: { dataPoints: [{ count: '1' }] } },
            ],
          },
        ],
      },
    ],
  });
  const points = rewriteDataPoints(metrics, (point, metric) => {
    point.attributes.set('metric', metric.name);
    return point.value !== 1;
  });
  const attributes = (stringValue: string): object => ({ attributes: [{ key: 'metric', value: { stringValue } }] });
  assert.deepEqual(
    at(decodeRequest('metrics', points.bytes ?? metrics), 'resourceMetrics', 0, 'scopeMetrics', 0)['metrics'],
    [
      { name: 'a', sum: { dataPoints: [{ asInt: '2', ...attributes('a') }] } },
      { name: 'b', histogram: { dataPoints: [{ count: '1', ...attributes('b') }] } },
    ],
  );

  const renamed = rewriteMetrics(metrics, (metric) => {
    metric.name = `${metric.name}.${metric.kind}`;
    metric.unit = 's';
    metric.description = 'd';
    return metric.kind === 'sum';
  });
  assert.deepEqual(
    at(decodeRequest('metrics', renamed.bytes ?? metrics), 'resourceMetrics', 0, 'scopeMetrics', 0)['metrics'],
    [{ name: 'a.sum', unit: 's', description: 'd', sum: { dataPoints: [{ asInt: '1' }, { asInt: '2' }] } }],
  );
});

test('formats values as text like the Collector', () => {
  const shown = (value: Parameters<typeof encodeAnyValue>[0]): string => {
    const bytes = encodeAnyValue(value);
    return anyValueAsText(bytes, 0, bytes.length);
  };
  assert.equal(shown('x'), 'x');
  assert.equal(shown(undefined), '');
  assert.equal(shown(true), 'true');
  assert.equal(shown(-(2n ** 63n)), '-9223372036854775808');
  assert.equal(shown(1e21), '1e+21');
  assert.equal(shown(Uint8Array.of(0, 255)), 'AP8=');
  assert.equal(
    shown({ b: [1, 'x', undefined, Number.NaN], a: { c: 2n ** 60n, d: Uint8Array.of(1) } }),
    '{"a":{"c":1152921504606846976,"d":"AQ=="},"b":[1,"x",null,"NaN"]}',
  );
});
