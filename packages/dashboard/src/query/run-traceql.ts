import type { QueryWindow } from './macros.ts';
import { onGrid, type PointSeries } from './query-grid.ts';
import type { FoundTrace, QueryResultData } from './result.ts';
import { addressWith, sendQuery } from './send-query.ts';

const LIMIT = 200;
/** Functions whose result is series. */
const METRICS =
  /\|\s*(?:rate|count_over_time|(?:min|max|avg|sum|quantile|histogram)_over_time|compare|topk|bottomk)\s*\(/;

interface SearchResponse {
  readonly traces: readonly {
    readonly traceID: string;
    readonly rootServiceName?: string;
    readonly rootTraceName?: string;
    readonly startTimeUnixNano: string;
    readonly durationMs?: number;
    readonly spanSets?: readonly { readonly matched?: number }[];
    readonly serviceStats?: Readonly<Record<string, { readonly spanCount?: number; readonly errorCount?: number }>>;
  }[];
  readonly message?: string;
}

interface MetricsResponse {
  readonly series: readonly {
    readonly labels: readonly Label[];
    readonly samples: readonly { readonly timestampMs: string; readonly value?: number }[];
    readonly exemplars?: readonly {
      readonly labels: readonly Label[];
      readonly value?: number;
      readonly timestampMs: string;
    }[];
  }[];
  readonly message?: string;
}

interface Label {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Runs a TraceQL query over the range: traces, or series of a metrics query. */
export async function runTraceql(text: string, window: QueryWindow, signal: AbortSignal): Promise<QueryResultData> {
  const began = performance.now();
  const isMetrics = METRICS.test(text);
  const range = { q: text, start: window.startMillis / 1000, end: window.endMillis / 1000 };
  const address = isMetrics
    ? addressWith('/tempo/api/metrics/query_range', { ...range, step: `${window.stepMillis / 1000}s` })
    : addressWith('/tempo/api/search', {
        ...range,
        // Searches take whole seconds.
        start: Math.floor(range.start),
        end: Math.ceil(range.end),
        limit: LIMIT,
      });
  const body: unknown = await (await sendQuery(address, signal)).json();
  const result = isMetrics
    ? ({ kind: 'series', response: onGrid(window, seriesOf(body as MetricsResponse)), heat: undefined } as const)
    : ({ kind: 'traces', traces: tracesOf(body as SearchResponse) } as const);
  const { message } = body as { readonly message?: string };
  return { ...result, elapsedMillis: performance.now() - began, warnings: message === undefined ? [] : [message] };
}

function tracesOf({ traces }: SearchResponse): readonly FoundTrace[] {
  return traces.map((trace) => {
    const services = Object.values(trace.serviceStats ?? {});
    const total = (count: (one: (typeof services)[number]) => number | undefined): number =>
      services.reduce((sum, one) => sum + (count(one) ?? 0), 0);
    return {
      traceId: trace.traceID,
      rootService: trace.rootServiceName ?? '',
      rootName: trace.rootTraceName ?? '',
      startNanos: trace.startTimeUnixNano,
      durationMillis: trace.durationMs ?? 0,
      spans: total(({ spanCount }) => spanCount),
      errors: total(({ errorCount }) => errorCount),
      matched: (trace.spanSets ?? []).reduce((sum, { matched = 0 }) => sum + matched, 0),
    };
  });
}

function seriesOf({ series }: MetricsResponse): readonly PointSeries[] {
  return series.map(({ labels, samples, exemplars = [] }) => ({
    labels: Object.fromEntries(labels.map(({ key, value }) => [key, textOf(value)])),
    points: samples.map(({ timestampMs, value = 0 }) => [Number(timestampMs), value] as const),
    exemplars: exemplars.map((exemplar) => ({
      timeMillis: Number(exemplar.timestampMs),
      value: exemplar.value ?? 0,
      traceId: labelOf(exemplar.labels, 'trace:id'),
      spanId: labelOf(exemplar.labels, 'span:id'),
    })),
  }));
}

function labelOf(labels: readonly Label[], key: string): string {
  const found = labels.find((label) => label.key === key);
  return found === undefined ? '' : textOf(found.value);
}

/** Formats a value of OTLP/JSON. */
function textOf(value: Label['value']): string {
  const [first] = Object.values(value);
  return typeof first === 'object' ? JSON.stringify(first) : String(first);
}
