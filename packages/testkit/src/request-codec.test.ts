import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { keyValues, type MetricsJson, type TracesJson } from './otlp-json.ts';
import { batchOf, decodeRequest, encodeRequest } from './request-codec.ts';

// protobufjs code published by another implementation, which must be able to decode our output.
const oracle = createRequire(import.meta.url)('@opentelemetry/otlp-transformer-oracle/build/src/generated/root.js')
  .opentelemetry.proto.collector;

const traces: TracesJson = {
  resourceSpans: [
    {
      resource: {
        attributes: keyValues({ 'service.name': 'cart', list: ['a', 1, 1.5, true], deep: { x: { y: -5 } } }),
      },
      scopeSpans: [
        {
          scope: { name: 'http', version: '1.2.3' },
          spans: [
            {
              traceId: '0102030405060708090a0b0c0d0e0f10',
              spanId: '0102030405060708',
              name: 'GET /straße',
              kind: 2,
              startTimeUnixNano: '1700000000000000001',
              endTimeUnixNano: '1700000000500000000',
              attributes: keyValues({ big: 9007199254740993n, raw: new Uint8Array([0, 255]) }),
              events: [{ timeUnixNano: '1700000000000000002', name: 'exception' }],
              status: { code: 2, message: 'boom' },
            },
          ],
        },
      ],
    },
  ],
};

const metrics: MetricsJson = {
  resourceMetrics: [
    {
      scopeMetrics: [
        {
          metrics: [
            {
              name: 'latency',
              histogram: {
                aggregationTemporality: 1,
                dataPoints: [
                  { timeUnixNano: '5', count: '3', sum: 1.5, bucketCounts: ['0', '3'], explicitBounds: [1] },
                ],
              },
            },
            {
              name: 'exp',
              exponentialHistogram: {
                dataPoints: [{ scale: -2, positive: { offset: -3, bucketCounts: ['1', '300'] } }],
              },
            },
          ],
        },
      ],
    },
  ],
};

test('round-trips requests', () => {
  assert.deepEqual(decodeRequest('traces', encodeRequest('traces', traces)), traces);
  assert.deepEqual(decodeRequest('metrics', encodeRequest('metrics', metrics)), metrics);
});

test('another implementation decodes the same request', () => {
  const read = oracle.trace.v1.ExportTraceServiceRequest;
  const span = read.toObject(read.decode(encodeRequest('traces', traces)), { longs: String, bytes: String })
    .resourceSpans[0].scopeSpans[0].spans[0];
  assert.equal(span.name, 'GET /straße');
  assert.equal(span.startTimeUnixNano, '1700000000000000001');
  assert.equal(Buffer.from(span.traceId, 'base64').toString('hex'), '0102030405060708090a0b0c0d0e0f10');
  assert.equal(span.attributes[0].value.intValue, '9007199254740993');
  const readMetrics = oracle.metrics.v1.ExportMetricsServiceRequest;
  const read2 = readMetrics.toObject(readMetrics.decode(encodeRequest('metrics', metrics)), { longs: String });
  const points = read2.resourceMetrics[0].scopeMetrics[0].metrics[1].exponentialHistogram.dataPoints;
  assert.deepEqual([points[0].scale, points[0].positive], [-2, { offset: -3, bucketCounts: ['1', '300'] }]);
});

test('rejects an unknown field by name', () => {
  const wrong = { resourceSpans: [{ resource: { attrs: [] } }] } as unknown as TracesJson;
  assert.throws(() => encodeRequest('traces', wrong), /Resource has no field attrs/);
});

test('counts the items of a batch, which are data points for metrics', () => {
  assert.equal(batchOf('traces', traces).itemCount, 1);
  assert.equal(batchOf('metrics', metrics).itemCount, 2);
});
