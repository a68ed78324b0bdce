import {
  type FacetValue,
  type LogHistogramStep,
  type LogQuery,
  type LogRow,
  QueryError,
  type SeverityName,
} from '@otelier/store/contract';
import { fieldValue, matcher, textMatcher, valueText } from './conditions.ts';
import { countValues, stepsOf } from './steps.ts';

/** Returns a page of the matching records. */
export function searchLogs(logs: readonly LogRow[], query: LogQuery): LogRow[] {
  const sign = query.order === 'oldest' ? 1 : -1;
  const after = query.after === undefined ? undefined : positionOf(query.after);
  return matching(logs, query)
    .map((log) => ({ log, position: positionOf(log.cursor) }))
    .filter(({ position }) => after === undefined || sign * inTime(position, after) > 0)
    .toSorted((a, b) => sign * inTime(a.position, b.position))
    .slice(0, query.limit)
    .map(({ log }) => log);
}

/** Counts records by severity over time. */
export function logHistogram(
  logs: readonly LogRow[],
  query: LogQuery & { readonly steps: number },
): LogHistogramStep[] {
  const steps = stepsOf(query);
  const byStep = Map.groupBy(matching(logs, query), (log) => steps.indexOf(log.time));
  return steps.times.map((time, i) => {
    const counts: Record<SeverityName, number> = {
      trace: 0,
      debug: 0,
      info: 0,
      warn: 0,
      error: 0,
      fatal: 0,
      unspecified: 0,
    };
    for (const log of byStep.get(i) ?? []) counts[severityName(log.severityNumber)]++;
    return { time, counts };
  });
}

/** Returns the most frequent values of a field. */
export function logFacet(logs: readonly LogRow[], query: LogQuery & { readonly field: string }): FacetValue[] {
  const values = matching(logs, query).map((log) => fieldValue(log, query.field));
  return countValues(values.filter((value) => value !== undefined).map(valueText), query.limit);
}

const LEVELS: readonly SeverityName[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

function severityName(severityNumber: number): SeverityName {
  return LEVELS[Math.ceil(severityNumber / 4) - 1] ?? 'unspecified';
}

function matching(logs: readonly LogRow[], query: LogQuery): LogRow[] {
  const matches = matcher(query.conditions);
  const hasText = textMatcher(query.text);
  return logs.filter(
    (log) =>
      (query.traceId === undefined || log.traceId === query.traceId) &&
      (query.spanId === undefined || log.spanId === query.spanId) &&
      matches(log) &&
      hasText(log.body, ...Object.values(log.attributes).map(valueText)),
  );
}

interface Position {
  readonly time: bigint;
  readonly sequence: number;
}

function inTime(a: Position, b: Position): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  return a.sequence - b.sequence;
}

function positionOf(cursor: string): Position {
  const match = /^(\d+)-(\d+)$/.exec(cursor);
  if (match === null) throw new QueryError(`after: expected the cursor of a log record, got ${JSON.stringify(cursor)}`);
  return { time: BigInt(match[1] ?? 0), sequence: Number(match[2]) };
}
