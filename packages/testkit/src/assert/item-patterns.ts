import { asValue } from './span-pattern.ts';
import { type RecordedLog, type RecordedMetric, type RecordedPoint, serviceOf } from './telemetry.ts';
import {
  type AttributePatterns,
  attributesMismatch,
  type TextPattern,
  type ValuePattern,
  valueMismatch,
} from './value-pattern.ts';

/** The first severity number of each level (OpenTelemetry logs data model, "Severity Fields"). */
const SEVERITIES = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 } as const;

export type Severity = keyof typeof SEVERITIES;

/** What a log record must be. Fields that are not set can have any value. */
export interface LogPattern {
  /** The lowest severity. */
  readonly severityAtLeast?: Severity;
  readonly body?: ValuePattern;
  readonly eventName?: TextPattern;
  readonly service?: TextPattern;
  readonly attributes?: AttributePatterns;
}

/** What a point of a metric must be. */
export interface MetricPattern {
  readonly name: string;
  readonly unit?: string;
  readonly kind?: RecordedMetric['kind'];
  readonly service?: TextPattern;
  readonly attributes?: AttributePatterns;
  /** The value of a gauge or a sum; the sum of a histogram. */
  readonly value?: number | ((value: number) => boolean);
  /** Number of measurements in a histogram. */
  readonly count?: number | ((count: number) => boolean);
}

export function isAtLeast(severity: Severity, { severityNumber }: RecordedLog): boolean {
  return severityNumber >= SEVERITIES[severity];
}

/** Returns how a log record differs from a pattern, or `undefined`. */
export function logMismatch(pattern: LogPattern, log: RecordedLog): string | undefined {
  const { severityAtLeast, body, eventName, service, attributes } = pattern;
  if (severityAtLeast !== undefined && !isAtLeast(severityAtLeast, log)) {
    return `severity: expected at least ${severityAtLeast}, got ${log.severityText || log.severityNumber}`;
  }
  const name = asValue(eventName);
  const ofService = asValue(service);
  return (
    (body === undefined ? undefined : valueMismatch('body', body, log.body)) ??
    (name === undefined ? undefined : valueMismatch('event name', name, log.eventName)) ??
    (ofService === undefined ? undefined : valueMismatch('service', ofService, serviceOf(log))) ??
    attributesMismatch(attributes, log.attributes)
  );
}

/** Returns how a point of a metric differs from a pattern, or `undefined`. */
export function pointMismatch(
  pattern: MetricPattern,
  metric: RecordedMetric,
  point: RecordedPoint,
): string | undefined {
  const { unit, kind, service, attributes, value, count } = pattern;
  const ofService = asValue(service);
  return (
    (unit === undefined ? undefined : valueMismatch('unit', unit, metric.unit)) ??
    (kind === undefined ? undefined : valueMismatch('kind', kind, metric.kind)) ??
    (ofService === undefined ? undefined : valueMismatch('service', ofService, serviceOf(metric))) ??
    attributesMismatch(attributes, point.attributes) ??
    numberMismatch('value', value, point.value) ??
    numberMismatch('count', count, point.count)
  );
}

function numberMismatch(
  what: string,
  expected: number | ((value: number) => boolean) | undefined,
  value: number | undefined,
): string | undefined {
  if (expected === undefined) return undefined;
  const pattern: ValuePattern =
    typeof expected === 'function' ? (each) => typeof each === 'number' && expected(each) : expected;
  return valueMismatch(what, pattern, value);
}
