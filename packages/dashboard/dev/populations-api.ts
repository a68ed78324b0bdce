import type {
  CompareTracesResponse,
  FacetsResponse,
  TraceDifference,
  TraceHeatmapResponse,
  TraceReferencesResponse,
} from '@otelier/query';
import { conditionOf, fieldOf } from './conditions.ts';
import type { Shop, ShopSpan } from './shop.ts';
import type { RequestParams } from './spans-api.ts';

/** A trace with its start in milliseconds and its duration in nanoseconds. */
interface Trace {
  readonly traceId: string;
  readonly spans: readonly ShopSpan[];
  readonly startMillis: number;
  readonly durationNanos: number;
}

/** Returns the number of matching traces by start time and duration. */
export function traceHeatmap(shop: Shop, ask: RequestParams): TraceHeatmapResponse {
  const bounds = Array.from({ length: 48 }, (_, row) => 1e5 * 10 ** (row / 8));
  const cells = (): number[][] => Array.from({ length: ask.steps }, () => bounds.map(() => 0));
  const [counts, failed] = [cells(), cells()];
  const stepMillis = (ask.end - ask.start) / ask.steps;
  for (const { spans, startMillis, durationNanos } of matching(shop, ask)) {
    const step = Math.floor((startMillis - ask.start) / stepMillis);
    const row = Math.min(bounds.length - 1, Math.max(0, Math.floor(Math.log10(durationNanos / 1e5) * 8)));
    const [column, failures] = [counts[step], failed[step]];
    if (column === undefined || failures === undefined) continue;
    column[row] = (column[row] ?? 0) + 1;
    if (spans.some(isFailed)) failures[row] = (failures[row] ?? 0) + 1;
  }
  const timesMillis = Array.from({ length: ask.steps }, (_, step) => ask.start + step * stepMillis);
  return { timesMillis, stepMillis, bounds, counts, failed, sampling: 1 };
}

/** Compares the selected traces with the others. */
export function compareTraces(shop: Shop, ask: RequestParams): CompareTracesResponse {
  const number = (name: string, fallback: number): number => Number(ask.params.get(name) ?? fallback);
  const select = ask.params.getAll('select').map(conditionOf);
  const isSelected = ({ spans, startMillis, durationNanos }: Trace): boolean =>
    startMillis >= number('select_start', 0) &&
    startMillis < number('select_end', Number.MAX_VALUE) &&
    durationNanos >= number('select_min', 0) &&
    durationNanos <= number('select_max', Number.MAX_VALUE) &&
    (select.length === 0 || spans.some((span) => select.every((test) => test(span as never))));
  const all = matching(shop, ask);
  const [selected, baseline] = [all.filter(isSelected), all.filter((trace) => !isSelected(trace))];
  const properties = new Map<string, Map<string, [number, number]>>();
  for (const [side, traces] of [selected, baseline].entries()) {
    for (const { spans } of traces) {
      for (const text of new Set(spans.flatMap(propertiesOf))) {
        const { property, value } = JSON.parse(text) as { property: string; value: string };
        const values = properties.get(property) ?? new Map<string, [number, number]>();
        properties.set(property, values);
        const counts = values.get(value) ?? [0, 0];
        counts[side] = (counts[side] ?? 0) + 1;
        values.set(value, counts);
      }
    }
  }
  const shareOf = ([a, b]: readonly [number, number]): number =>
    a / Math.max(1, selected.length) - b / Math.max(1, baseline.length);
  const differences = [...properties].map(([property, values]): TraceDifference => {
    const [kind, service, key] = JSON.parse(property) as [TraceDifference['kind'], string, string];
    const ranked = [...values].sort((x, y) => Math.abs(shareOf(y[1])) - Math.abs(shareOf(x[1]))).slice(0, 12);
    const shares = ranked.map(([value, [a, b]]) => ({ value, selected: a, baseline: b }));
    const [first] = ranked;
    const difference = first === undefined ? 0 : shareOf(first[1]);
    return {
      ...{ kind, service, key, difference, effect: Math.max(0, Math.abs(difference) - 0.03), values: shares },
      isOutcome: kind === 'status' || /error|status_code|exception/.test(key),
      best: shares[0] ?? { value: '', selected: 0, baseline: 0 },
      mark: first?.[1].join(' ') ?? '',
    };
  });
  const population = (traces: readonly Trace[]) => ({
    total: traces.length,
    read: traces.length,
    sampleTraceId: traces.toSorted((x, y) => x.durationNanos - y.durationNanos)[traces.length >> 1]?.traceId,
  });
  return {
    selected: population(selected),
    baseline: population(baseline),
    differences: differences.filter(({ effect }) => effect > 0).sort((x, y) => y.effect - x.effect),
    times: [],
  };
}

/** Returns the most frequent values of a field of spans. */
export function spanValues(shop: Shop, ask: RequestParams): FacetsResponse {
  const field = ask.params.get('field') ?? '';
  const counts = new Map<string, number>();
  for (const span of shop.spans.slice(-2000)) {
    const value = fieldOf(span as never, field);
    if (value !== undefined) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  }
  const values = [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
  return { facets: [{ field, values: values.slice(0, ask.limit) }] };
}

/** Returns the spans of other traces that link to a trace, and an exemplar of each of its failed spans. */
export function traceReferences(shop: Shop, traceId: string): TraceReferencesResponse {
  const links = shop.spans.flatMap((span) =>
    span.links
      .filter((link) => link.traceId === traceId && span.traceId !== traceId)
      .map((link) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        service: span.service,
        name: span.name,
        startNanos: span.startNanos,
        toSpanId: link.spanId,
      })),
  );
  const exemplars = (shop.traces.get(traceId) ?? []).filter(isFailed).map((span) => ({
    metric: 'payment.charge.duration',
    unit: 's',
    service: span.service,
    timeNanos: span.startNanos,
    value: span.durationNanos / 1e9,
    spanId: span.spanId,
  }));
  return { links, exemplars };
}

function matching(shop: Shop, ask: RequestParams): readonly Trace[] {
  const tests = ask.params.getAll('where').map(conditionOf);
  return [...shop.traces].flatMap(([traceId, spans]) => {
    if (!spans.some((span) => tests.every((test) => test(span as never)))) return [];
    const startMillis = Math.min(...spans.map((span) => span.startMillis));
    const endMillis = Math.max(...spans.map((span) => span.startMillis + span.durationNanos / 1e6));
    if (startMillis < ask.start || startMillis >= ask.end) return [];
    return [{ traceId, spans, startMillis, durationNanos: (endMillis - startMillis) * 1e6 }];
  });
}

function propertiesOf(span: ShopSpan): readonly string[] {
  const of = (kind: string, key: string, value: unknown): string =>
    JSON.stringify({ property: JSON.stringify([kind, span.service, key]), value: String(value) });
  return [
    of('span', span.name, ''),
    ...(isFailed(span) ? [of('status', span.name, 'error')] : []),
    ...Object.entries(span.attributes).map(([key, value]) => of('attribute', key, value)),
    ...Object.entries(span.resourceAttributes)
      .filter(([key]) => key !== 'service.name')
      .map(([key, value]) => of('resource', key, value)),
  ];
}

function isFailed({ statusCode }: ShopSpan): boolean {
  return statusCode === 'ERROR';
}
