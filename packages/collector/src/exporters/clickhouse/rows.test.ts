import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeRequest, type RequestJson } from '@otelier/testkit';
import { encodeRows } from './rows.ts';
import type { TableName } from './tables.ts';

function rowsOf(signal: keyof RequestJson, request: object, table: TableName): unknown[] {
  const rows = encodeRows(signal, [encodeRequest(signal, request)]).get(table) ?? [];
  return rows.map((row) => JSON.parse(row));
}

const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
const scope = {
  name: 'lib',
  version: '1.2',
  attributes: [{ key: 'k', value: { boolValue: true } }],
  droppedAttributesCount: 3,
};
const RESOURCE = { ServiceName: 'shop', ResourceAttributes: { 'service.name': 'shop' } };
const SCOPE = { ScopeName: 'lib', ScopeVersion: '1.2', ScopeAttributes: { k: 'true' } };

test('log records have the columns of the Collector, and every value as text', () => {
  const attributes = [
    { key: 'int', value: { intValue: '-9223372036854775808' } },
    { key: 'double', value: { doubleValue: 0.1 } },
    { key: 'bytes', value: { bytesValue: 'AQL+' } },
    { key: 'list', value: { arrayValue: { values: [{ intValue: '1' }, { stringValue: 'a"b' }] } } },
    { key: 'map', value: { kvlistValue: { values: [{ key: 'x', value: {} }] } } },
    { key: 'empty', value: {} },
    { key: '__proto__', value: { stringValue: '\u0000' } },
  ];
  const logRecords = [
    {
      observedTimeUnixNano: '1700000000123456789',
      severityNumber: 9,
      severityText: 'INFO',
      body: { kvlistValue: { values: [{ key: 'b', value: { intValue: '1' } }] } },
      attributes,
      flags: 0x101,
      traceId: '0102030405060708090a0b0c0d0e0f10',
      spanId: '0000000000000000',
      eventName: 'e',
    },
    {},
  ];
  const scopeLogs = [{ scope, schemaUrl: 'https://s', logRecords }];
  const [first, second] = rowsOf('logs', { resourceLogs: [{ resource, schemaUrl: 'https://r', scopeLogs }] }, 'logs');
  const { LogAttributes, ...others } = first as { LogAttributes: object };
  assert.deepEqual(others, {
    Timestamp: '2023-11-14T22:13:20.123456789Z',
    TraceId: '0102030405060708090a0b0c0d0e0f10',
    SpanId: '',
    TraceFlags: 1,
    SeverityText: 'INFO',
    SeverityNumber: 9,
    ...RESOURCE,
    ResourceSchemaUrl: 'https://r',
    Body: '{"b":1}',
    ...SCOPE,
    ScopeSchemaUrl: 'https://s',
    EventName: 'e',
  });
  assert.deepEqual(Object.entries(LogAttributes), [
    ['int', '-9223372036854775808'],
    ['double', '0.1'],
    ['bytes', 'AQL+'],
    ['list', '[1,"a\\"b"]'],
    ['map', '{"x":null}'],
    ['empty', ''],
    ['__proto__', '\u0000'],
  ]);
  const empty = second as Record<string, unknown>;
  assert.deepEqual([empty['Timestamp'], empty['Body']], ['1970-01-01T00:00:00.000000000Z', '']);
});

test('spans have their events and links as lists, and a duration without a sign', () => {
  const start = '1700000000000000001';
  const spans = [
    {
      traceId: '0102030405060708090a0b0c0d0e0f10',
      spanId: '0102030405060708',
      parentSpanId: '1112131415161718',
      traceState: 'a=b',
      name: 'GET',
      kind: 2,
      startTimeUnixNano: start,
      endTimeUnixNano: '1700000000000000000',
      status: { code: 2, message: 'no' },
      events: [
        { timeUnixNano: '18446744073709551615', name: 'e', attributes: [{ key: 'n', value: { intValue: '1' } }] },
      ],
      links: [{ traceId: 'ff02030405060708090a0b0c0d0e0f10', spanId: 'ff02030405060708', traceState: 's' }],
    },
    { kind: 99, status: { code: 99 } },
  ];
  const [first, second] = rowsOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] }, 'traces');
  const { Duration, ...others } = first as { Duration: number };
  assert.equal(Duration, 2 ** 64);
  assert.deepEqual(others, {
    Timestamp: '2023-11-14T22:13:20.000000001Z',
    TraceId: '0102030405060708090a0b0c0d0e0f10',
    SpanId: '0102030405060708',
    ParentSpanId: '1112131415161718',
    TraceState: 'a=b',
    SpanName: 'GET',
    SpanKind: 'Server',
    ...RESOURCE,
    ScopeName: 'lib',
    ScopeVersion: '1.2',
    SpanAttributes: {},
    StatusCode: 'Error',
    StatusMessage: 'no',
    'Events.Timestamp': ['2262-04-11T23:47:16.854775807Z'],
    'Events.Name': ['e'],
    'Events.Attributes': [{ n: '1' }],
    'Links.TraceId': ['ff02030405060708090a0b0c0d0e0f10'],
    'Links.SpanId': ['ff02030405060708'],
    'Links.TraceState': ['s'],
    'Links.Attributes': [{}],
  });
  const { SpanKind, StatusCode } = second as Record<string, unknown>;
  assert.deepEqual([SpanKind, StatusCode], ['', '']);
});

test('data points go to the table of their kind, with what their kind has', () => {
  const exemplars = [
    { timeUnixNano: '1', asInt: '7', filteredAttributes: [{ key: 'f', value: { stringValue: 'v' } }] },
    { timeUnixNano: '18446744073709551615', asDouble: 1e300, spanId: '0102030405060708' },
  ];
  const point = { timeUnixNano: '1700000000000000000', startTimeUnixNano: '1600000000000000000', flags: 1, exemplars };
  const counts = { count: '18446744073709551615', sum: 1.5, min: -1, max: 2 };
  const metrics = [
    { name: 'g', description: 'd', unit: 'u', gauge: { dataPoints: [{ ...point, asDouble: -0 }] } },
    { name: 's', sum: { dataPoints: [{ asInt: '5' }, {}], aggregationTemporality: 2, isMonotonic: true } },
    {
      name: 'h',
      histogram: {
        aggregationTemporality: 1,
        dataPoints: [{ ...point, ...counts, bucketCounts: ['1', '18446744073709551614'], explicitBounds: [0.5] }],
      },
    },
    {
      name: 'e',
      exponentialHistogram: {
        dataPoints: [
          {
            scale: -3,
            zeroCount: '4',
            positive: { offset: -2, bucketCounts: ['1', '0'] },
            negative: { offset: 5, bucketCounts: ['9'] },
          },
        ],
      },
    },
    { name: 'q', summary: { dataPoints: [{ count: '2', sum: 3, quantileValues: [{ quantile: 0.5, value: 1 }] }] } },
  ];
  const request = { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] };
  const row = (table: TableName, index = 0) => rowsOf('metrics', request, table)[index] as Record<string, unknown>;
  assert.deepEqual(row('gauge'), {
    ...RESOURCE,
    ResourceSchemaUrl: '',
    ...SCOPE,
    ScopeDroppedAttrCount: 3,
    ScopeSchemaUrl: '',
    MetricName: 'g',
    MetricDescription: 'd',
    MetricUnit: 'u',
    Attributes: {},
    StartTimeUnix: '2020-09-13T12:26:40.000000000Z',
    TimeUnix: '2023-11-14T22:13:20.000000000Z',
    Flags: 1,
    Value: -0,
    'Exemplars.FilteredAttributes': [{ f: 'v' }, {}],
    'Exemplars.TimeUnix': ['1970-01-01T00:00:00.000000001Z', '2106-02-07T06:28:15.000000000Z'],
    'Exemplars.Value': [7, 1e300],
    'Exemplars.SpanId': ['0'.repeat(16), '0102030405060708'],
    'Exemplars.TraceId': ['0'.repeat(32), '0'.repeat(32)],
  });
  const picked = (from: Record<string, unknown>, ...names: string[]) => names.map((name) => from[name]);
  assert.deepEqual(picked(row('sum'), 'Value', 'AggregationTemporality', 'IsMonotonic'), [5, 2, true]);
  assert.deepEqual(picked(row('sum', 1), 'Value', 'Exemplars.Value'), [0, []]);
  const histogram = encodeRows('metrics', [encodeRequest('metrics', request)]).get('histogram')?.[0] ?? '';
  assert.match(histogram, /"Count":18446744073709551615,"Sum":1.5,"BucketCounts":\[1,18446744073709551614\]/);
  assert.deepEqual(picked(row('histogram'), 'ExplicitBounds', 'Min', 'Max', 'AggregationTemporality'), [
    [0.5],
    -1,
    2,
    1,
  ]);
  const names = [
    'Scale',
    'ZeroCount',
    'PositiveOffset',
    'PositiveBucketCounts',
    'NegativeOffset',
    'NegativeBucketCounts',
  ];
  assert.deepEqual(picked(row('exponentialHistogram'), ...names, 'Min'), [-3, 4, -2, [1, 0], 5, [9], 0]);
  const quantiles = ['Count', 'Sum', 'ValueAtQuantiles.Quantile', 'ValueAtQuantiles.Value'];
  assert.deepEqual(picked(row('summary'), ...quantiles), [2, 3, [0.5], [1]]);
});

test('numbers that JSON does not have are texts that ClickHouse reads', () => {
  const dataPoints = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((asDouble) => ({ asDouble }));
  const request = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ gauge: { dataPoints } }] }] }] };
  const rows = rowsOf('metrics', request, 'gauge') as { Value: unknown }[];
  assert.deepEqual(
    rows.map(({ Value }) => Value),
    ['nan', 'inf', '-inf'],
  );
});
