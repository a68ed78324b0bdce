import type {
  ErrorGroup,
  Heatmap,
  HeatmapQuery,
  LogRow,
  RangeQuery,
  RedQuery,
  RedSeries,
  RouteSummary,
  ServiceSummary,
  SpanRow,
  TraceQuery,
  TraceSearchResult,
  TraceSummary,
} from '@otelier/store';
import { matcher, textMatcher, valueText } from './conditions.ts';
import { quantile, stepsOf } from './steps.ts';

/** Returns the services in the range. */
export function services(spans: readonly SpanRow[], logs: readonly LogRow[]): ServiceSummary[] {
  const names = new Set([...spans, ...logs].map(({ service }) => service));
  return [...names].toSorted().map((service) => {
    const own = spans.filter((span) => span.service === service);
    const ownLogs = logs.filter((log) => log.service === service);
    const requests = requestsOf(own);
    const durations = requests.map((span) => span.durationNanos);
    const version = [...own, ...ownLogs].map((row) => row.resourceAttributes['service.version']).find(isText);
    return {
      service,
      version,
      requests: requests.length,
      errors: requests.filter(failed).length,
      p50: quantile(durations, 0.5) ?? 0,
      p95: quantile(durations, 0.95) ?? 0,
      p99: quantile(durations, 0.99) ?? 0,
      spans: own.length,
      logs: ownLogs.length,
      lastSeen: [...own.map(({ start }) => start), ...ownLogs.map(({ time }) => time)].reduce(later, 0n),
    };
  });
}

/** Computes the request rate, errors and durations per step. */
export function red(spans: readonly SpanRow[], query: RedQuery): RedSeries[] {
  const steps = stepsOf(query);
  const requests = requestsOf(ofService(spans, query.service)).filter(matcher(query.conditions ?? []));
  const groups = Map.groupBy(requests, (span) => {
    if (query.groupBy === 'none') return '';
    return query.groupBy === 'service' ? span.service : span.name;
  });
  return [...groups]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([key, group]) => {
      const byStep = Map.groupBy(group, (span) => steps.indexOf(span.start));
      const perStep = steps.times.map((_, i) => byStep.get(i) ?? []);
      return {
        key,
        times: steps.times,
        requests: perStep.map((step) => step.length),
        errors: perStep.map((step) => step.filter(failed).length),
        p50: perStep.map((step) => quantile(durationsOf(step), 0.5)),
        p95: perStep.map((step) => quantile(durationsOf(step), 0.95)),
      };
    });
}

/** Four rows per decade, from 1 µs to 1000 s. */
const BOUNDS: readonly number[] = [0, ...Array.from({ length: 37 }, (_, i) => Math.round(1000 * 10 ** (i / 4)))];

/** Returns the distribution of durations over time. */
export function durationHeatmap(spans: readonly SpanRow[], query: HeatmapQuery): Heatmap {
  const steps = stepsOf(query);
  const requests = requestsOf(ofService(spans, query.service)).filter(matcher(query.conditions ?? []));
  const byStep = Map.groupBy(requests, (span) => steps.indexOf(span.start));
  const perStep = steps.times.map((_, i) => durationsOf(byStep.get(i) ?? []));
  return {
    times: steps.times,
    bounds: BOUNDS,
    counts: perStep.map((durations) => {
      const rows = durations.map((duration) => BOUNDS.findLastIndex((bound) => bound <= Math.max(0, duration)));
      return BOUNDS.map((_, row) => rows.filter((r) => r === row).length);
    }),
    p95: perStep.map((durations) => quantile(durations, 0.95)),
  };
}

/** Returns the operations by their share of the total time. */
export function routes(
  spans: readonly SpanRow[],
  { service, limit }: { readonly service?: string; readonly limit: number },
): RouteSummary[] {
  const requests = requestsOf(ofService(spans, service));
  const total = sum(durationsOf(requests));
  const groups = Map.groupBy(requests, (span) => JSON.stringify([span.service, span.name]));
  return [...groups.values()]
    .map((group) => {
      const durations = durationsOf(group);
      return {
        service: group[0]?.service ?? '',
        name: group[0]?.name ?? '',
        calls: group.length,
        errors: group.filter(failed).length,
        p95: quantile(durations, 0.95) ?? 0,
        p99: quantile(durations, 0.99) ?? 0,
        timeShare: total === 0 ? 0 : sum(durations) / total,
      };
    })
    .toSorted((a, b) => b.timeShare - a.timeShare)
    .slice(0, limit);
}

/** Groups failed spans by error. */
export function errors(
  spans: readonly SpanRow[],
  query: RangeQuery & { readonly service?: string; readonly steps: number; readonly limit: number },
): ErrorGroup[] {
  const steps = stepsOf(query);
  const failures = ofService(spans, query.service).filter(failed);
  const groups = Map.groupBy(failures, (span) => {
    const { type, message } = failureOf(span);
    return JSON.stringify([span.service, type, message, span.name]);
  });
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const starts = group.map(({ start }) => start);
      const indexes = starts.map((start) => steps.indexOf(start));
      return {
        service: first.service,
        ...failureOf(first),
        spanName: first.name,
        count: group.length,
        firstSeen: starts.reduce(earlier),
        lastSeen: starts.reduce(later),
        steps: steps.times.map((_, i) => indexes.filter((index) => index === i).length),
        sampleTraceId: first.traceId,
      };
    })
    .toSorted((a, b) => b.count - a.count)
    .slice(0, query.limit);
}

/** Returns the traces with a span in the range that matches all conditions. */
export function searchTraces(
  spans: readonly SpanRow[],
  inRange: readonly SpanRow[],
  query: TraceQuery,
): TraceSearchResult {
  const matches = matcher(query.conditions);
  const hasText = textMatcher(query.text);
  const hits = new Set(
    inRange
      .filter(
        (span) =>
          matches(span) && hasText(span.name, span.statusMessage, ...Object.values(span.attributes).map(valueText)),
      )
      .map(({ traceId }) => traceId),
  );
  const traces = [...Map.groupBy(spans, ({ traceId }) => traceId)].filter(([traceId]) => hits.has(traceId));
  const byTime = (a: TraceSummary, b: TraceSummary): number => (a.start < b.start ? 1 : -1);
  const byDuration = (a: TraceSummary, b: TraceSummary): number => b.durationNanos - a.durationNanos;
  return {
    total: traces.length,
    traces: traces
      .flatMap(([, trace]) => summaryOf(trace))
      .toSorted(query.orderBy === 'time' ? byTime : byDuration)
      .slice(0, query.limit),
  };
}

function summaryOf(trace: readonly SpanRow[]): TraceSummary[] {
  const ordered = trace.toSorted((a, b) => (a.start < b.start ? -1 : 1));
  const root = ordered.find((span) => span.parentSpanId === undefined) ?? ordered[0];
  if (root === undefined) return [];
  const start = ordered.map((span) => span.start).reduce(earlier);
  const end = ordered.map((span) => span.start + BigInt(span.durationNanos)).reduce(later);
  const failures = ordered.filter(failed);
  return [
    {
      traceId: root.traceId,
      rootService: root.service,
      rootName: root.name,
      start,
      durationNanos: Number(end - start),
      spanCount: trace.length,
      errorCount: failures.length,
      services: [...new Set(ordered.map(({ service }) => service))].toSorted(),
      error: causeOf(failures),
    },
  ];
}

/** Returns where the failure of a trace began, given its failed spans by start. */
function causeOf(failures: readonly SpanRow[]): TraceSummary['error'] {
  const path = failures.slice(0, 1);
  for (let current: SpanRow | undefined = path[0]; current !== undefined; ) {
    const next = passedOn(
      failures.filter((span) => !path.includes(span)),
      current,
      failures,
    );
    if (next !== undefined) path.unshift(next);
    current = next;
  }
  const foreign = path.findIndex(({ service }) => service !== path[0]?.service);
  const own = path.slice(0, foreign < 0 ? path.length : foreign).map((span) => {
    const exception = span.events.findLast(({ name }) => name === 'exception')?.attributes['exception.type'];
    return { service: span.service, type: isText(exception) ? exception : '', message: failureOf(span).message };
  });
  return own.find(({ type }) => type !== '') ?? own.find(({ message }) => message !== '') ?? own[0];
}

function passedOn(others: readonly SpanRow[], parent: SpanRow, failures: readonly SpanRow[]): SpanRow | undefined {
  const endOf = ({ start, durationNanos }: SpanRow): bigint => start + BigInt(durationNanos);
  const isWithin = (span: SpanRow): boolean =>
    span.start >= parent.start &&
    endOf(span) <= endOf(parent) &&
    !failures.some(({ spanId }) => spanId === span.parentSpanId);
  const children = others.filter(({ parentSpanId }) => parentSpanId === parent.spanId);
  const candidates = children.length > 0 ? children : others.filter(isWithin);
  return candidates.reduce<SpanRow | undefined>(
    (last, span) => (last === undefined || endOf(span) > endOf(last) ? span : last),
    undefined,
  );
}

/** Returns server and consumer spans. For a service that has none, returns its root spans. */
function requestsOf(spans: readonly SpanRow[]): SpanRow[] {
  const serving = spans.filter(({ kind }) => kind === 'SERVER' || kind === 'CONSUMER');
  const withServing = new Set(serving.map(({ service }) => service));
  return [...serving, ...spans.filter((span) => span.parentSpanId === undefined && !withServing.has(span.service))];
}

function failureOf(span: SpanRow): { type: string; message: string } {
  const exception = span.events.findLast(({ name }) => name === 'exception')?.attributes;
  const status = span.attributes['http.response.status_code'];
  const type = exception?.['exception.type'] ?? (typeof status === 'number' ? `HTTP ${status}` : 'Error');
  const message = exception?.['exception.message'] ?? span.statusMessage ?? '';
  return { type: valueText(type), message: valueText(message) };
}

function failed(span: SpanRow): boolean {
  return span.statusCode === 'ERROR';
}

function ofService(spans: readonly SpanRow[], service: string | undefined): readonly SpanRow[] {
  return service === undefined ? spans : spans.filter((span) => span.service === service);
}

function durationsOf(spans: readonly SpanRow[]): number[] {
  return spans.map(({ durationNanos }) => durationNanos);
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function earlier(a: bigint, b: bigint): bigint {
  return b < a ? b : a;
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
