import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataPointView, EXEMPLAR_FIELDS, forEachDataPoint, normalizeRequest } from '@otelier/otlp';
import { arbitraryRequest } from '@otelier/testkit/otlp/arbitrary-request';
import { decodeRequest, encodeRequest } from '@otelier/testkit/request-codec';
import fc from 'fast-check';
import { encodeAttributes, readEncodedAttributes } from './encoded-attributes.ts';
import { MetricsWriter } from './metrics-writer.ts';
import { encodeExemplar } from './write-points.ts';

test('writes all kinds of metrics with all fields', () => {
  const attributes = encodeAttributes([
    ['route', '/a'],
    ['code', 200],
  ]);
  const common = { attributes, startTimeUnixNano: 1n, timeUnixNano: 2n ** 63n, flags: 1 };
  const traceId = new Uint8Array(16).fill(1);
  const exemplars = [
    encodeExemplar({ timeUnixNano: 3n, value: 5n, traceId, filteredAttributes: encodeAttributes([['x', true]]) }),
  ];
  const buckets = { offset: -3, bucketCounts: [1n, 2n ** 60n] };
  const written = new MetricsWriter()
    .resource(encodeAttributes([['host', 'h']]), 'https://schema')
    .namedScope('lib', '1')
    .metric({ name: 'g', description: 'd', unit: 's', metadata: attributes, data: { kind: 'gauge' } })
    .numberPoint({ ...common, value: 1.5, exemplars })
    .numberPoint({ value: -7n })
    .metric({ name: 's', data: { kind: 'sum', temporality: 2, isMonotonic: true } })
    .numberPoint({ value: 0 })
    .scope(new Uint8Array())
    .metric({ name: 'h', data: { kind: 'histogram', temporality: 1 } })
    .histogramPoint({
      ...common,
      count: 2 ** 40,
      sum: 0,
      min: -1,
      max: 2,
      bucketCounts: [1, 2n],
      explicitBounds: [0.5],
    })
    .metric({ name: 'e', data: { kind: 'exponentialHistogram', temporality: 1 } })
    .exponentialHistogramPoint({
      ...common,
      count: 3n,
      sum: 1,
      scale: -2,
      zeroCount: 1,
      zeroThreshold: 0.1,
      positive: buckets,
      negative: { offset: 0, bucketCounts: [300] },
    })
    .resource(new Uint8Array())
    .namedScope('')
    .metric({ name: 'q', data: { kind: 'summary' } })
    .summaryPoint({ ...common, count: 4, sum: 9, quantileValues: [{ quantile: 0.5, value: 3 }] })
    .finish();
  assert.ok(written);
  assert.equal(written.itemCount, 6);
  const normalized = normalizeRequest('metrics', written.bytes);
  assert.ok(normalized.ok && normalized.itemCount === 6);
  const pointAttributes = [
    { key: 'route', value: { stringValue: '/a' } },
    { key: 'code', value: { intValue: '200' } },
  ];
  const times = { startTimeUnixNano: '1', timeUnixNano: '9223372036854775808' };
  const point = { attributes: pointAttributes, ...times, flags: 1 };
  assert.deepEqual(decodeRequest('metrics', written.bytes), {
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'host', value: { stringValue: 'h' } }] },
        schemaUrl: 'https://schema',
        scopeMetrics: [
          {
            scope: { name: 'lib', version: '1' },
            metrics: [
              {
                name: 'g',
                description: 'd',
                unit: 's',
                metadata: pointAttributes,
                gauge: {
                  dataPoints: [
                    {
                      ...point,
                      asDouble: 1.5,
                      exemplars: [
                        {
                          timeUnixNano: '3',
                          asInt: '5',
                          traceId: '01'.repeat(16),
                          filteredAttributes: [{ key: 'x', value: { boolValue: true } }],
                        },
                      ],
                    },
                    { asInt: '-7' },
                  ],
                },
              },
              { name: 's', sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ asDouble: 0 }] } },
            ],
          },
          {
            scope: {},
            metrics: [
              {
                name: 'h',
                histogram: {
                  aggregationTemporality: 1,
                  dataPoints: [
                    {
                      ...point,
                      count: '1099511627776',
                      sum: 0,
                      min: -1,
                      max: 2,
                      bucketCounts: ['1', '2'],
                      explicitBounds: [0.5],
                    },
                  ],
                },
              },
              {
                name: 'e',
                exponentialHistogram: {
                  aggregationTemporality: 1,
                  dataPoints: [
                    {
                      ...point,
                      count: '3',
                      sum: 1,
                      scale: -2,
                      zeroCount: '1',
                      zeroThreshold: 0.1,
                      positive: { offset: -3, bucketCounts: ['1', '1152921504606846976'] },
                      negative: { bucketCounts: ['300'] },
                    },
                  ],
                },
              },
            ],
          },
        ],
      },
      {
        resource: {},
        scopeMetrics: [
          {
            scope: {},
            metrics: [
              {
                name: 'q',
                summary: {
                  dataPoints: [{ ...point, count: '4', sum: 9, quantileValues: [{ quantile: 0.5, value: 3 }] }],
                },
              },
            ],
          },
        ],
      },
    ],
  });
});

test('writes what was read from any request', () => {
  fc.assert(
    fc.property(arbitraryRequest('metrics'), (json) => {
      const request = encodeRequest('metrics', json);
      forEachDataPoint(request, (point, metric) => {
        const { kind } = metric;
        assert.ok(kind);
        const before = point.attributes.entries();
        const encoded = encodeAttributes(before);
        const fields = {
          attributes: encoded,
          startTimeUnixNano: point.startTimeUnixNano,
          timeUnixNano: point.timeUnixNano,
          flags: point.flags,
          exemplars: point.exemplars.map((exemplar) => exemplar.toBytes()),
        };
        const writer = new MetricsWriter().resource(new Uint8Array()).namedScope('');
        const { count = 0n, sum, min, max, scale = 0, zeroCount = 0n, zeroThreshold, positive, negative } = point;
        if (kind === 'gauge' || kind === 'sum') {
          const value = point.valueKind === 'int' ? BigInt(point.value ?? 0) : point.value;
          writer.metric({ name: '', data: { kind: 'gauge' } }).numberPoint({ ...fields, value });
        } else if (kind === 'histogram') {
          const { bucketCounts = [], explicitBounds = [] } = point;
          writer
            .metric({ name: '', data: { kind, temporality: 1 } })
            .histogramPoint({ ...fields, count, sum, min, max, bucketCounts, explicitBounds });
        } else if (kind === 'exponentialHistogram') {
          const rest = { scale, zeroCount, zeroThreshold, positive, negative };
          writer
            .metric({ name: '', data: { kind, temporality: 1 } })
            .exponentialHistogramPoint({ ...fields, count, sum, min, max, ...rest });
        } else {
          const quantileValues = point.quantileValues ?? [];
          writer.metric({ name: '', data: { kind } }).summaryPoint({ ...fields, count, sum: sum ?? 0, quantileValues });
        }
        const written = writer.finish();
        assert.ok(written);
        const copy = new DataPointView();
        forEachDataPoint(written.bytes, (again) => copy.reset(again.toBytes()).ofKind(again.kind));
        assert.deepEqual(readPoint(copy), readPoint(point));
      });
    }),
    { seed: 20_261_130, numRuns: 200 },
  );
});

function readPoint(point: DataPointView): unknown {
  const { value, valueKind, count, sum, min, max, bucketCounts, explicitBounds, scale, zeroCount, zeroThreshold } =
    point;
  const { positive, negative, quantileValues, startTimeUnixNano, timeUnixNano, flags } = point;
  return {
    numbers: [value, valueKind, count, sum, min, max, scale, zeroCount, zeroThreshold, flags],
    lists: [bucketCounts, explicitBounds, positive, negative, quantileValues],
    times: [startTimeUnixNano, timeUnixNano],
    attributes: point.attributes.entries(),
    exemplars: point.exemplars.map((exemplar) => Buffer.from(exemplar.toBytes()).toString('hex')),
  };
}

test('returns nothing without points, and rejects groups out of order', () => {
  const writer = new MetricsWriter()
    .resource(new Uint8Array())
    .namedScope('s')
    .metric({ name: 'm', data: { kind: 'gauge' } });
  assert.equal(writer.finish(), undefined);
  assert.throws(() => writer.namedScope('s'), /expected a resource before its scopes/);
});

test('copies attributes between kinds of messages', () => {
  const attributes = encodeAttributes([['a', 'b']]);
  const exemplar = encodeExemplar({ timeUnixNano: 0n, value: 1, filteredAttributes: attributes });
  const { filteredAttributes } = EXEMPLAR_FIELDS;
  assert.deepEqual(readEncodedAttributes(exemplar, 0, exemplar.length, filteredAttributes), attributes);
});
