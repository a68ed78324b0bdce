import type { AttributeLimits } from '../attributes/attribute-list.ts';
import type { Environment } from '../environment.ts';

/**
 * Limits of a log record. Data over a limit is dropped and counted (OpenTelemetry specification, "LogRecord Limits").
 */
export interface LogRecordLimits {
  /** Maximum number of attributes. Default 128. */
  readonly attributeCountLimit?: number;
  /**
   * Maximum length of string attribute values, beyond which they are truncated. Does not apply to the body. Default: no
   * limit.
   */
  readonly attributeValueLengthLimit?: number;
}

/** Returns the limits, using defaults from the environment. */
export function resolveLogRecordLimits(limits: LogRecordLimits, environment: Environment): AttributeLimits {
  const of = (name: string): number | undefined =>
    limitOf(environment[`OTEL_LOGRECORD_${name}`]) ?? limitOf(environment[`OTEL_${name}`]);
  return {
    maxCount: limits.attributeCountLimit ?? of('ATTRIBUTE_COUNT_LIMIT') ?? 128,
    maxValueLength: limits.attributeValueLengthLimit ?? of('ATTRIBUTE_VALUE_LENGTH_LIMIT') ?? Number.POSITIVE_INFINITY,
  };
}

/** Parses a limit. Treats invalid values as unset (specification, "Parsing configuration values"). */
function limitOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
