import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { metricDeviations, spanDeviations } from './check.testing.ts';

test('the check of the conventions finds missing, unknown and mistyped attributes', () => {
  const attributes = {
    'http.request.method': 'GET',
    'http.response.status_code': '200',
    'http.target': '/',
    'http.route': '/:id',
    'url.path': '/?a',
    'error.type': '500',
    'network.peer.port': 1,
  };
  const span = { name: 'GET', kind: SpanKind.SERVER, status: { code: SpanStatusCode.UNSET }, attributes };
  assert.deepEqual(spanDeviations(span as unknown as ReadableSpan), [
    'GET: url.scheme: required, but missing',
    'GET: http.response.status_code: expected int, got string',
    'GET: http.target: not part of the conventions',
    'GET: error.type: expected none',
    'GET: network.peer.port: expected none',
    'GET: name: expected GET /:id',
    'GET: url.path: contains a query',
  ]);
});

test('the check of the conventions finds wrong instruments, units and boundaries', () => {
  const value = { buckets: { boundaries: [1, 2] } };
  const metric = {
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
    descriptor: { name: 'http.server.request.duration', unit: 'ms' },
    dataPoints: [{ attributes: { 'http.request.method': 'GET', 'url.scheme': 'http', 'url.path': '/' }, value }],
  };
  assert.deepEqual(metricDeviations(metric as unknown as MetricData), [
    'http.server.request.duration: instrument: expected histogram, got counter',
    'http.server.request.duration: unit: expected s, got ms',
    'http.server.request.duration: url.path: not part of the conventions',
    'http.server.request.duration: boundaries: expected 0.005,0.01,0.025,0.05,0.075,0.1,0.25,0.5,0.75,1,2.5,5,7.5,10, got 1,2',
  ]);
  const unknown = { ...metric, descriptor: { name: 'http.server.duration', unit: 'ms' } };
  assert.deepEqual(metricDeviations(unknown as unknown as MetricData), ['http.server.duration: unknown metric']);
});
