import { failure } from './assert-telemetry.ts';
import { formatLog } from './format-telemetry.ts';
import { formatValue } from './format-value.ts';
import { isAtLeast } from './item-patterns.ts';
import { formatSpan, type SpanPattern, spanMismatch, statementOf } from './span-pattern.ts';
import type { RecordedSpan, Telemetry } from './telemetry.ts';
import { type Count, formatLimits, limitsOf } from './value-pattern.ts';

/** What a piece of work may cost. A number is the highest value. */
export interface Budget {
  readonly spans?: Count;
  /** Client spans of databases. */
  readonly queries?: Count;
  /** How often one span may run the same statement. `1` refuses a query for each element of a list (N+1). */
  readonly sameQuery?: number;
  /** Client spans of HTTP. */
  readonly requests?: Count;
  /** Spans with status `error`. */
  readonly errors?: Count;
  /** Log records of severity `error` or above. */
  readonly errorLogs?: Count;
  /** Counts of chosen spans. */
  readonly counts?: readonly SpanCount[];
  /** Durations of chosen spans. */
  readonly durations?: readonly DurationBudget[];
}

/** How many spans may match. */
export interface SpanCount {
  readonly span: SpanPattern;
  readonly times: Count;
}

/** How long spans may last, in milliseconds. */
export interface DurationBudget {
  /** Default: all spans without a collected parent. */
  readonly span?: SpanPattern;
  /** The duration that half of the spans do not exceed (nearest rank). */
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
  readonly max?: number;
}

type Items = Pick<Telemetry, 'spans' | 'logs'>;

/**
 * Checks that telemetry, or one of its traces, is within a budget. Throws an `AssertionError` that lists what exceeds
 * it: the spans with their statements and the places that started them.
 */
export function assertBudget(items: Items, budget: Budget): void {
  const lines = [
    ...countLines(items, budget),
    ...repeatedLines(items, budget.sameQuery),
    ...durationLines(items, budget),
  ];
  if (lines.length > 0) throw failure(assertBudget, 'The budget is exceeded.', lines);
}

function countLines({ spans, logs }: Items, budget: Budget): readonly string[] {
  const errorLogs = logs.filter((log) => isAtLeast('error', log));
  return [
    ...exceeded('spans', budget.spans, spans, formatSpan),
    ...exceeded('queries', budget.queries, spans.filter(isQuery), formatSpan),
    ...exceeded('requests', budget.requests, spans.filter(isRequest), formatSpan),
    ...exceeded(
      'errors',
      budget.errors,
      spans.filter(({ status }) => status === 'error'),
      formatSpan,
    ),
    ...exceeded('error logs', budget.errorLogs, errorLogs, formatLog),
    ...(budget.counts ?? []).flatMap(({ span: pattern, times }, i) => {
      const found = spans.filter((span) => spanMismatch(pattern, span) === undefined);
      return exceeded(`counts[${i}]`, times, found, formatSpan);
    }),
  ];
}

/** Lists the elements if there are too many or too few. Those beyond the limit have a `+`. */
function exceeded<T>(
  what: string,
  count: Count | undefined,
  elements: readonly T[],
  format: (element: T) => string,
): readonly string[] {
  if (count === undefined) return [];
  const limits = typeof count === 'number' ? { min: 0, max: count } : limitsOf(count, { min: 0, max: 0 });
  if (elements.length >= limits.min && elements.length <= limits.max) return [];
  return [
    `${what}: expected ${formatLimits(limits)}, got ${elements.length}`,
    ...elements.map((element, i) => `${i < limits.max ? ' ' : '+'}   ${format(element)}`),
  ];
}

function isQuery({ kind, attributes }: RecordedSpan): boolean {
  return kind === 'client' && (attributes['db.system.name'] ?? attributes['db.system']) !== undefined;
}

function isRequest({ kind, attributes }: RecordedSpan): boolean {
  return kind === 'client' && (attributes['http.request.method'] ?? attributes['http.method']) !== undefined;
}

function repeatedLines({ spans }: Items, max: number | undefined): readonly string[] {
  if (max === undefined) return [];
  const queries = spans.filter(isQuery);
  const groups = Map.groupBy(queries, (span) =>
    JSON.stringify([span.traceId, span.parentSpanId, statementOf(span) ?? span.name]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length <= max) return [];
    const parent = spans.find(({ traceId, spanId }) => traceId === first.traceId && spanId === first.parentSpanId);
    const within = parent === undefined ? '' : ` in ${parent.name}`;
    const statement = formatValue(statementOf(first) ?? first.name);
    return [
      `same query: expected at most ${max}, got ${group.length} of ${statement}${within}`,
      ...group.map((span, i) => `${i < max ? ' ' : '+'}   ${formatSpan(span)}`),
    ];
  });
}

function durationLines({ spans }: Items, { durations = [] }: Budget): readonly string[] {
  return durations.flatMap(({ span: pattern, p50, p95, p99, max }, i) => {
    const found = spans
      .filter((span) => (pattern === undefined ? isRoot(span, spans) : spanMismatch(pattern, span) === undefined))
      .toSorted((a, b) => a.durationMillis - b.durationMillis);
    const limits = { p50: [0.5, p50], p95: [0.95, p95], p99: [0.99, p99], max: [1, max] } as const;
    const lines = Object.entries(limits).flatMap(([name, [quantile, limit]]) => {
      const slowest = found[Math.max(0, Math.ceil(quantile * found.length) - 1)];
      if (limit === undefined || slowest === undefined || slowest.durationMillis <= limit) return [];
      const rank = found.length === 1 ? '' : ` of ${found.length} spans`;
      return [
        `durations[${i}]: expected ${name} of at most ${limit} ms, got ${slowest.durationMillis.toFixed(3)} ms${rank}`,
        `+   ${formatSpan(slowest)}`,
      ];
    });
    return found.length > 0 ? lines : [`durations[${i}]: no span matches`];
  });
}

function isRoot({ traceId, parentSpanId }: RecordedSpan, spans: readonly RecordedSpan[]): boolean {
  return !spans.some((span) => span.traceId === traceId && span.spanId === parentSpanId);
}
