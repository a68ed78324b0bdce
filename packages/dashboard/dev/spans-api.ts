import type { HeatmapResponse, RedResponse, RoutesResponse, ServicesResponse, TracesResponse } from '@otelier/query';
import { conditionOf, fieldOf } from './conditions.ts';
import type { Shop, ShopSpan } from './shop.ts';

/** Number of visits that each simulated visit represents. */
export const WEIGHT = 60;

/** The query parameters common to all requests. */
export interface RequestParams {
  readonly start: number;
  readonly end: number;
  readonly steps: number;
  readonly limit: number;
  readonly params: URLSearchParams;
}

const within = (ask: RequestParams) => (span: ShopSpan) => span.startMillis >= ask.start && span.startMillis < ask.end;
const isRequest = (span: ShopSpan): boolean => span.kind === 'SERVER' || span.kind === 'CONSUMER';
const failed = (span: ShopSpan): boolean => span.statusCode === 'ERROR';
const stepOf = (ask: RequestParams, millis: number): number =>
  Math.floor(((millis - ask.start) / (ask.end - ask.start)) * ask.steps);
const timesOf = (ask: RequestParams): number[] =>
  Array.from({ length: ask.steps }, (_, step) => ask.start + (step * (ask.end - ask.start)) / ask.steps);

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function requests(shop: Shop, ask: RequestParams): ShopSpan[] {
  const service = ask.params.get('service');
  return shop.spans.filter(
    (span) => isRequest(span) && within(ask)(span) && (service === null || span.service === service),
  );
}

export function services(shop: Shop, ask: RequestParams): ServicesResponse {
  const all = grouped(shop.spans.filter(within(ask)), (span) => span.service);
  return {
    services: [...all].map(([service, spans]) => {
      const asked = spans.filter(isRequest);
      const durations = asked.map((span) => span.durationNanos).sort((a, b) => a - b);
      const last = spans.at(-1);
      return {
        service,
        version: String(last?.resourceAttributes['service.version']),
        requests: asked.length * WEIGHT,
        errors: asked.filter(failed).length * WEIGHT,
        p50: quantile(durations, 0.5),
        p95: quantile(durations, 0.95),
        p99: quantile(durations, 0.99),
        spans: spans.length * WEIGHT,
        logs: 0,
        lastSeenNanos: last?.startNanos ?? '0',
      };
    }),
  };
}

export function red(shop: Shop, ask: RequestParams): RedResponse {
  const by = ask.params.get('group_by') ?? 'none';
  const groups = grouped(requests(shop, ask), (span) =>
    by === 'service' ? span.service : by === 'route' ? span.name : '',
  );
  return {
    timesMillis: timesOf(ask),
    stepMillis: (ask.end - ask.start) / ask.steps,
    series: [...groups].map(([key, spans]) => {
      const steps = Array.from({ length: ask.steps }, (): ShopSpan[] => []);
      for (const span of spans) steps[stepOf(ask, span.startMillis)]?.push(span);
      const durations = steps.map((step) => step.map((span) => span.durationNanos).sort((a, b) => a - b));
      return {
        key,
        requests: steps.map((step) => step.length * WEIGHT),
        errors: steps.map((step) => step.filter(failed).length * WEIGHT),
        p50: durations.map((step) => (step.length === 0 ? null : quantile(step, 0.5))),
        p95: durations.map((step) => (step.length === 0 ? null : quantile(step, 0.95))),
      };
    }),
  };
}

export function heatmap(shop: Shop, ask: RequestParams): HeatmapResponse {
  const bounds = Array.from({ length: 24 }, (_, row) => 1e5 * 10 ** (row / 5));
  const counts = Array.from({ length: ask.steps }, () => bounds.map(() => 0));
  for (const span of requests(shop, ask)) {
    const row = Math.min(bounds.length - 1, Math.max(0, Math.floor(Math.log10(span.durationNanos / 1e5) * 5)));
    const step = counts[stepOf(ask, span.startMillis)];
    if (step !== undefined) step[row] = (step[row] ?? 0) + WEIGHT;
  }
  return {
    timesMillis: timesOf(ask),
    stepMillis: (ask.end - ask.start) / ask.steps,
    bounds,
    counts,
    p95: red(shop, { ...ask, params: new URLSearchParams() }).series[0]?.p95 ?? [],
  };
}

export function routes(shop: Shop, ask: RequestParams): RoutesResponse {
  const all = requests(shop, ask);
  const total = all.reduce((sum, span) => sum + span.durationNanos, 0);
  const groups = grouped(all, (span) => `${span.service}\n${span.name}`);
  const list = [...groups.values()].map((spans) => {
    const durations = spans.map((span) => span.durationNanos).sort((a, b) => a - b);
    return {
      service: spans[0]?.service ?? '',
      name: spans[0]?.name ?? '',
      calls: spans.length * WEIGHT,
      errors: spans.filter(failed).length * WEIGHT,
      p95: quantile(durations, 0.95),
      p99: quantile(durations, 0.99),
      timeShare: durations.reduce((sum, one) => sum + one, 0) / Math.max(1, total),
    };
  });
  return { routes: list.sort((a, b) => b.timeShare - a.timeShare).slice(0, ask.limit) };
}

export function traces(shop: Shop, ask: RequestParams): TracesResponse {
  const tests = ask.params.getAll('where').map(conditionOf);
  const text = ask.params.get('text')?.toLowerCase();
  const found: ShopSpan[][] = [];
  for (const spans of shop.traces.values()) {
    const [root] = spans;
    if (root === undefined || !within(ask)(root)) continue;
    if (!spans.some((span) => tests.every((test) => test(span as never)))) continue;
    if (
      text !== undefined &&
      !spans.some((span) =>
        `${span.name} ${span.statusMessage ?? ''} ${Object.values(span.attributes).join(' ')}`
          .toLowerCase()
          .includes(text),
      )
    )
      continue;
    found.push(spans);
  }
  const order =
    ask.params.get('order') === 'duration'
      ? (a: ShopSpan, b: ShopSpan) => b.durationNanos - a.durationNanos
      : (a: ShopSpan, b: ShopSpan) => b.startMillis - a.startMillis;
  found.sort((a, b) => order(a[0] as ShopSpan, b[0] as ShopSpan));
  const columns = ask.params.getAll('column');
  return {
    total: found.length,
    traces: found.slice(0, ask.limit).map((spans) => {
      const [root] = spans as [ShopSpan];
      const wrong = spans.filter(failed);
      const deepest = wrong.at(-1);
      return {
        traceId: root.traceId,
        rootService: root.service,
        rootName: root.name,
        startNanos: root.startNanos,
        durationNanos: root.durationNanos,
        spanCount: spans.length,
        errorCount: wrong.length,
        services: [...new Set(spans.map((span) => span.service))],
        error:
          deepest === undefined
            ? undefined
            : {
                service: deepest.service,
                type: String(
                  deepest.events.find(({ name }) => name === 'exception')?.attributes['exception.type'] ?? '',
                ),
                message: deepest.statusMessage ?? '',
              },
        ...(columns.length > 0 && { columns: columns.map((column) => columnOf(spans, column)) }),
      };
    }),
  };
}

function columnOf(spans: readonly ShopSpan[], column: string): string {
  const found = spans.map((span) => fieldOf(span as never, column)).find((value) => value !== undefined);
  return found === undefined ? '' : String(found);
}
