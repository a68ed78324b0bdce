/**
 * Measures the throughput of `span_metrics` in spans per CPU-second, for requests of 1,000 spans with ten attributes,
 * from 5 services with 40 span names: without dimensions, with four dimensions, with exemplars, and with exponential
 * histograms.
 *
 * Run: node packages/collector/src/connectors/span_metrics/aggregator.bench.ts
 */

import type { KeyValueJson, SpanJson } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';
import { StateBudget } from '../../metrics/state-budget.ts';
import { SpanMetricsAggregator } from './aggregator.ts';
import { spanMetricsConfig } from './config.ts';
import { settingsOf } from './settings.ts';

const REQUESTS = 20;
const SPANS = 1000;
const RUN_MILLIS = 2000;
const NOW = { timeUnixNano: 1n, monotonicMillis: 0 };
const START = 1_700_000_000_000_000_000n;

const batches = Array.from({ length: REQUESTS }, (_, request) =>
  batchOf('traces', {
    resourceSpans: Array.from({ length: 5 }, (_service, service) => ({
      resource: { attributes: [text('service.name', `service-${service}`), text('host.name', 'a1')] },
      scopeSpans: [
        {
          scope: { name: 'http', version: '1.0' },
          spans: Array.from({ length: SPANS / 5 }, (_span, index) => span(request * SPANS + index)),
        },
      ],
    })),
  }),
);

for (const [name, config] of [
  ['no dimensions', {}],
  [
    'four dimensions',
    {
      dimensions: ['http.request.method', 'http.route', 'http.response.status_code', 'server.address'].map((each) => ({
        name: each,
      })),
    },
  ],
  ['exemplars', { exemplars: { enabled: true } }],
  ['exponential histogram', { histogram: { exponential: {} } }],
] as const) {
  const settings = settingsOf(spanMetricsConfig.parse(config), 'id');
  const aggregator = new SpanMetricsAggregator(settings, new StateBudget(2 ** 28, () => {}), Math.random);
  run(aggregator, 500);
  console.log(JSON.stringify({ name, spansPerCpuSecond: Math.round(run(aggregator, RUN_MILLIS)) }));
}

function run(aggregator: SpanMetricsAggregator, millis: number): number {
  const before = process.cpuUsage();
  const end = performance.now() + millis;
  let spans = 0;
  while (performance.now() < end) {
    for (const batch of batches) aggregator.add(batch, NOW);
    spans += REQUESTS * SPANS;
    aggregator.collect(NOW, { isFinal: false });
  }
  const { user, system } = process.cpuUsage(before);
  return spans / ((user + system) / 1e6);
}

function span(number: number): SpanJson {
  return {
    traceId: (number + 1).toString(16).padStart(32, '0'),
    spanId: (number + 1).toString(16).padStart(16, '0'),
    name: `GET /api/v1/items/${number % 40}`,
    kind: 2,
    startTimeUnixNano: String(START),
    endTimeUnixNano: String(START + BigInt((number * 7919) % 5_000_000_000)),
    attributes: [
      text('http.request.method', 'GET'),
      text('http.route', `/api/v1/items/${number % 40}`),
      text('server.address', 'shop.example.com'),
      text('url.path', `/api/v1/items/${number}`),
      text('user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64)'),
      { key: 'http.response.status_code', value: { intValue: number % 50 === 0 ? 500 : 200 } },
      { key: 'server.port', value: { intValue: 443 } },
      text('network.protocol.version', '1.1'),
      text('client.address', '10.0.0.1'),
      { key: 'thread.id', value: { intValue: number % 16 } },
    ],
    status: number % 50 === 0 ? { code: 2 } : {},
  };
}

function text(key: string, stringValue: string): KeyValueJson {
  return { key, value: { stringValue } };
}
