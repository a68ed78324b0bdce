import { AssertionError } from 'node:assert';
import { hasShape, shapeDifference } from './compare-shape.ts';
import { formatLog, formatTelemetry, limitLines } from './format-telemetry.ts';
import { formatValue } from './format-value.ts';
import { type LogPattern, logMismatch, type MetricPattern, pointMismatch } from './item-patterns.ts';
import { type ChildShape, formatSpanPattern, type SpanShape, spanMismatch } from './span-pattern.ts';
import type { RecordedLog, RecordedPoint, RecordedSpan, RecordedTrace, Telemetry } from './telemetry.ts';
import { type Count, formatLimits, limitsOf } from './value-pattern.ts';

/**
 * Checks that a trace has a root span with this shape, and returns the trace. Throws an `AssertionError` with the
 * differences to the most similar trace.
 */
export function assertTrace(telemetry: Telemetry, shape: SpanShape): RecordedTrace {
  const found = telemetry.traces.find(({ roots }) => roots.some((root) => hasShape(shape, root)));
  if (found !== undefined) return found;
  const roots = telemetry.traces.flatMap((trace) => trace.roots);
  throw failure(assertTrace, 'No trace has the expected shape.', differenceTo(shape, roots, telemetry));
}

/**
 * Checks how many spans have this shape (default: at least one), wherever they are in a trace, and returns them. Throws
 * an `AssertionError` with the differences to the most similar span.
 */
export function assertSpans(telemetry: Pick<Telemetry, 'spans'>, shape: ChildShape): readonly RecordedSpan[] {
  const limits = limitsOf(shape.times, { min: 1, max: Number.POSITIVE_INFINITY });
  const found = telemetry.spans.filter((span) => hasShape(shape, span));
  if (found.length >= limits.min && found.length <= limits.max) return found;
  const count = `Expected ${formatLimits(limits)} of ${formatSpanPattern(shape)}, got ${found.length}.`;
  const lines =
    found.length > limits.max
      ? found.flatMap((span) => shapeDifference({}, span).map((line) => `+${line.slice(1)}`))
      : differenceTo(
          shape,
          telemetry.spans.filter((span) => !found.includes(span)),
          telemetry,
        );
  throw failure(assertSpans, count, lines);
}

/**
 * Checks how many log records match (default: at least one), and returns them. Throws an `AssertionError` that lists the
 * records.
 */
export function assertLogs(
  { logs }: Pick<Telemetry, 'logs'>,
  pattern: LogPattern & { readonly times?: Count },
): readonly RecordedLog[] {
  const limits = limitsOf(pattern.times, { min: 1, max: Number.POSITIVE_INFINITY });
  const mismatches = logs.map((log) => logMismatch(pattern, log));
  const found = logs.filter((_, i) => mismatches[i] === undefined);
  if (found.length >= limits.min && found.length <= limits.max) return found;
  const lines = logs.map((log, i) => {
    const mismatch = mismatches[i];
    return mismatch === undefined ? `+ ${formatLog(log)}` : `  ${formatLog(log)}  ← ${mismatch}`;
  });
  const count = `Expected ${formatLimits(limits)} matching log records, got ${found.length}.`;
  throw failure(assertLogs, count, lines.length === 0 ? ['No log record was recorded.'] : lines);
}

/**
 * Checks that a metric has at least one point that matches, and returns those points. Throws an `AssertionError` that
 * lists its points.
 */
export function assertMetric(
  { metrics }: Pick<Telemetry, 'metrics'>,
  pattern: MetricPattern,
): readonly RecordedPoint[] {
  const ofName = metrics.filter(({ name }) => name === pattern.name);
  const points = ofName.flatMap((metric) =>
    metric.points.map((point) => ({ point, mismatch: pointMismatch(pattern, metric, point) })),
  );
  const found = points.filter(({ mismatch }) => mismatch === undefined).map(({ point }) => point);
  if (found.length > 0) return found;
  const lines = points.map(({ point: { value, count, attributes }, mismatch }) => {
    const measurements = count === undefined ? '' : ` of ${count} measurements`;
    return `+ ${formatValue(value)}${measurements} ${formatValue(attributes)}  ← ${mismatch}`;
  });
  const names = [...new Set(metrics.map(({ name }) => name))].sort().join(', ') || 'none';
  const summary = `No point of the metric ${pattern.name} matches.`;
  throw failure(assertMetric, summary, lines.length === 0 ? [`Recorded metrics: ${names}`] : lines);
}

/** Returns an error whose stack starts at the call of the assertion. */
export function failure(
  assertion: (...args: never[]) => unknown,
  summary: string,
  lines: readonly string[],
): AssertionError {
  const message = [summary, ...limitLines(lines)].join('\n');
  return new AssertionError({ message, operator: assertion.name, stackStartFn: assertion });
}

/** Returns the differences to the most similar span: one that differs only below, one with the same name, or the first. */
function differenceTo(
  shape: SpanShape,
  spans: readonly RecordedSpan[],
  telemetry: Pick<Telemetry, 'spans'>,
): readonly string[] {
  const { name } = shape;
  const closest =
    spans.find((span) => spanMismatch(shape, span) === undefined) ??
    (name === undefined ? undefined : spans.find((span) => spanMismatch({ name }, span) === undefined)) ??
    (spans.length === 1 ? spans[0] : undefined);
  if (closest !== undefined) return ['- expected  + recorded', ...shapeDifference(shape, closest)];
  return [`- ${formatSpanPattern(shape)}`, ...('traces' in telemetry ? [formatTelemetry(telemetry as Telemetry)] : [])];
}
