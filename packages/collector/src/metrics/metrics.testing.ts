import type { Batch } from '@otelier/otlp';
import type { ComponentBench } from '@otelier/testkit/component-bench';
import type { MetricsJson } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';

/** A metric in OTLP/JSON. */
export type MetricJson = NonNullable<
  NonNullable<NonNullable<MetricsJson['resourceMetrics']>[number]['scopeMetrics']>[number]['metrics']
>[number];

/** Returns a batch of metrics with one resource and scope. */
export function metricsBatch(metrics: readonly MetricJson[], service = 'shop'): Batch {
  const attributes = [{ key: 'service.name', value: { stringValue: service } }];
  return batchOf('metrics', {
    resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ scope: { name: 'lib' }, metrics }] }],
  });
}

/** Removes all received batches and returns their metrics. */
export function takeMetrics(bench: Pick<ComponentBench, 'received'>): MetricJson[] {
  return bench.received
    .splice(0)
    .flatMap(({ parts }) => parts)
    .flatMap((part) => decodeRequest('metrics', part).resourceMetrics ?? [])
    .flatMap(({ scopeMetrics }) => scopeMetrics ?? [])
    .flatMap(({ metrics }) => metrics ?? []);
}
