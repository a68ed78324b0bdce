import type { AttributeLimits } from '../attributes/attribute-list.ts';
import type { Environment } from '../environment.ts';

/** How much a log record keeps; what is beyond is dropped and counted in it (OpenTelemetry specification, "LogRecord Limits"). */
export interface LogRecordLimits {
  /** Default 128. */
  readonly attributeCountLimit?: number;
  /** Longer strings are cut; the body is not. No limit by default. */
  readonly attributeValueLengthLimit?: number;
}

/** The limits that are given, or else those of the environment, or else the defaults. */
export function resolveLogRecordLimits(limits: LogRecordLimits, environment: Environment): AttributeLimits {
  const of = (name: string): number | undefined =>
    limitOf(environment[`OTEL_LOGRECORD_${name}`]) ?? limitOf(environment[`OTEL_${name}`]);
  return {
    maxCount: limits.attributeCountLimit ?? of('ATTRIBUTE_COUNT_LIMIT') ?? 128,
    maxValueLength: limits.attributeValueLengthLimit ?? of('ATTRIBUTE_VALUE_LENGTH_LIMIT') ?? Number.POSITIVE_INFINITY,
  };
}

/** What is no whole number is treated as if it were not set (specification, "Parsing configuration values"). */
function limitOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
