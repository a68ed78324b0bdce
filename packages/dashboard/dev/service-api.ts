import type { ReleasesResponse, ServiceDetailResponse } from '@otelier/query';
import type { Shop, ShopSpan } from './shop.ts';
import { type RequestParams, WEIGHT } from './spans-api.ts';

type Part = ServiceDetailResponse['versions'][number];

const within = (ask: RequestParams) => (span: ShopSpan) => span.startMillis >= ask.start && span.startMillis < ask.end;

export function serviceDetail(shop: Shop, ask: RequestParams): ServiceDetailResponse {
  const service = ask.params.get('service');
  const spans = shop.spans.filter((span) => span.service === service && within(ask)(span));
  const parts = (key: string): readonly Part[] =>
    [...Map.groupBy(spans, (span) => String(span.resourceAttributes[key]))].map(([name, own]) =>
      partOf(name, own, ask),
    );
  const instances = parts('k8s.pod.name');
  return {
    timesMillis: Array.from({ length: ask.steps }, (_, step) => ask.start + (step * (ask.end - ask.start)) / ask.steps),
    stepMillis: (ask.end - ask.start) / ask.steps,
    isComplete: true,
    versions: parts('service.version'),
    instances,
    instanceCount: instances.length,
    attributes: Object.entries(spans[0]?.resourceAttributes ?? {}).map(([key, value]) => ({
      key,
      values: [{ value: String(value), count: spans.length }],
      distinct: 1,
    })),
    releases: releases(shop, ask).releases.filter((release) => release.service === service),
  };
}

export function releases(shop: Shop, ask: RequestParams): ReleasesResponse {
  const isIn = shop.deployMillis >= ask.start && shop.deployMillis < ask.end;
  return {
    isComplete: true,
    stepMillis: (ask.end - ask.start) / ask.steps,
    releases: isIn ? [{ service: 'payment', version: '2.8.1', timeMillis: shop.deployMillis }] : [],
  };
}

function partOf(name: string, spans: readonly ShopSpan[], ask: RequestParams): Part {
  const requests = spans.filter(({ kind }) => kind === 'SERVER');
  const steps = Array.from({ length: ask.steps }, () => 0);
  for (const { startMillis } of spans) {
    const step = Math.floor(((startMillis - ask.start) / (ask.end - ask.start)) * ask.steps);
    steps[step] = (steps[step] ?? 0) + WEIGHT;
  }
  return {
    name,
    version: String(spans.at(-1)?.resourceAttributes['service.version'] ?? ''),
    items: spans.length * WEIGHT,
    requests: requests.length * WEIGHT,
    errors: requests.filter(({ statusCode }) => statusCode === 'ERROR').length * WEIGHT,
    steps,
  };
}
