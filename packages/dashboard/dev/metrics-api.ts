import type {
  MetricLabelsResponse,
  MetricLabelValuesResponse,
  MetricSeriesResponse,
  MetricsResponse,
} from '@otelier/query';
import { randomFrom } from './random.ts';
import type { Shop } from './shop.ts';
import type { RequestParams } from './spans-api.ts';

type Kind = MetricsResponse['metrics'][number]['kind'];
const C = 'sum';
const G = 'gauge';
const H = 'histogram';
/** Name, kind, unit, typical value, variation, and increase caused by the bad deploy. */
const METRICS: readonly (readonly [string, Kind, string, number, number, number])[] = [
  ['http.server.request.duration', H, 's', 0.024, 0.1, 0],
  ['http.server.active_requests', G, '{request}', 22, 0.2, 0],
  ['http.server.response.body.size', H, 'By', 2100, 0.06, 0],
  ['http.client.request.duration', H, 's', 0.03, 0.08, 0.02],
  ['payment.charge.duration', H, 's', 0.43, 0.04, 1.45],
  ['payment.declined', C, '{charge}', 0.4, 0.3, 9],
  ['payment.gateway.retries', C, '{retry}', 0.3, 0.3, 12],
  ['payment.retry.budget', G, '1', 0.97, 0.01, -0.3],
  ['payment.amount', C, 'EUR', 1400, 0.1, 0],
  ['cart.items', H, '{item}', 3.1, 0.1, 0],
  ['cart.abandoned', C, '{cart}', 0.6, 0.3, 0],
  ['db.client.operation.duration', H, 's', 0.009, 0.06, 0],
  ['db.client.connection.count', G, '{connection}', 48, 0.04, 0],
  ['db.client.connection.pending_requests', G, '{request}', 1.4, 0.6, 0],
  ['nodejs.eventloop.delay.p99', G, 's', 0.004, 0.4, 0],
  ['nodejs.eventloop.utilization', G, '1', 0.31, 0.12, 0],
  ['v8js.gc.duration', H, 's', 0.002, 0.5, 0],
  ['v8js.memory.heap.used', G, 'By', 86e6, 0.05, 0],
  ['process.cpu.utilization', G, '1', 0.42, 0.2, 0],
  ['process.memory.usage', G, 'By', 142e6, 0.03, 0],
];
const LABELS: Readonly<Record<string, readonly string[]>> = {
  'service.version': ['2.8.1', '2.8.0', '2.7.4'],
  'payment.method': ['card', 'wallet', 'invoice'],
  'server.address': ['gateway.acmepay.test', 'db.shop.test'],
};
const SHARES: Readonly<Record<string, number>> = { p50: 0.5, p90: 0.88, p95: 1, p99: 1.3, min: 0.3, max: 1.6 };

export function metrics(ask: RequestParams): MetricsResponse {
  const match = ask.params.get('match') ?? '';
  return {
    metrics: METRICS.filter(([name]) => name.includes(match)).map(([name, kind, unit]) => ({
      name,
      description: `Simulated ${name}`,
      unit,
      kind,
      monotonic: kind === C,
      temporality: kind === G ? 'unspecified' : 'cumulative',
      seriesCount: 9,
      services: [name.startsWith('payment') ? 'payment' : 'frontend'],
    })),
  };
}

export function labels(ask: RequestParams): MetricLabelsResponse | MetricLabelValuesResponse {
  const key = ask.params.get('key');
  if (key !== null) return { values: (LABELS[key] ?? []).map((value, index) => ({ value, count: 900 - index * 300 })) };
  return { labels: Object.entries(LABELS).map(([name, values]) => ({ key: name, values: values.length })) };
}

export function series(shop: Shop, ask: RequestParams): MetricSeriesResponse {
  const name = ask.params.get('name') ?? '';
  const aggregate = ask.params.get('aggregate') ?? 'avg';
  const by = ask.params.getAll('group_by');
  const [, , unit = '', base = 1, waver = 0.1, lift = 0] = METRICS.find(([known]) => known === name) ?? [];
  const stepMillis = (ask.end - ask.start) / ask.steps;
  const timesMillis = Array.from({ length: ask.steps }, (_, step) => ask.start + step * stepMillis);
  const labels = LABELS[by[0] ?? ''] ?? [''];
  const groups = labels.slice(0, ask.limit);
  const failing = [...shop.traces.values()].filter((spans) => spans.some((span) => span.name === 'gateway.charge'));
  return {
    timesMillis,
    stepMillis,
    unit,
    total: labels.length,
    series: groups.map((value, group) => {
      const gone = by[0] === 'service.version';
      const values = timesMillis.map((millis) => {
        const after = millis > shop.deployMillis;
        if (millis > Date.now() || millis < Date.now() - 40 * 60_000) return null;
        if (gone && group === 0 && !after) return null;
        if (gone && group === 2 && millis > shop.deployMillis + 9 * 60_000) return null;
        const random = randomFrom(Math.floor(millis / 1000) + group * 7919 + name.length);
        const level = base * (1 - group * 0.12) + (after && group === 0 ? lift : 0);
        return Math.max(0, level * (SHARES[aggregate] ?? 1) * (1 + waver * random.normal()));
      });
      const exemplars =
        lift > 0.1 && unit === 's'
          ? failing
              .filter((_, index) => index % (17 + group * 9) === 0)
              .map((spans) => ({ spans, at: spans[0]?.startMillis ?? 0 }))
          : [];
      return {
        labels: by.length === 0 ? {} : { [by[0] ?? '']: value },
        values,
        exemplars: exemplars
          .filter(({ at }) => at >= ask.start && at < ask.end && (group !== 0 || at > shop.deployMillis))
          .map(({ spans, at }) => ({
            timeMillis: at,
            value: (base * (1 - group * 0.12) + (group === 0 ? lift : 0)) * (0.5 + randomFrom(at).next() * 0.7),
            traceId: spans[0]?.traceId ?? '',
            spanId: spans[0]?.spanId ?? '',
          })),
      };
    }),
  };
}
