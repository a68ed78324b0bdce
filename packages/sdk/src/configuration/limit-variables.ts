import type { LogRecordLimits } from '../logs/limits.ts';
import type { SpanLimits } from '../trace/limits.ts';
import type { Variables } from './variables.ts';

/**
 * Reads `OTEL_SPAN_*_LIMIT`, `OTEL_EVENT_*_LIMIT` and `OTEL_LINK_*_LIMIT`. Attribute limits default to
 * `OTEL_ATTRIBUTE_*_LIMIT`.
 */
export function spanLimitsFrom(variables: Variables): SpanLimits {
  return limitsFrom(variables, {
    attributeCountLimit: ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
    attributeValueLengthLimit: ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'],
    eventCountLimit: ['OTEL_SPAN_EVENT_COUNT_LIMIT'],
    linkCountLimit: ['OTEL_SPAN_LINK_COUNT_LIMIT'],
    attributePerEventCountLimit: ['OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT'],
    attributePerLinkCountLimit: ['OTEL_LINK_ATTRIBUTE_COUNT_LIMIT'],
  });
}

/** Reads `OTEL_LOGRECORD_*_LIMIT`, which default to `OTEL_ATTRIBUTE_*_LIMIT`. */
export function logRecordLimitsFrom(variables: Variables): LogRecordLimits {
  return limitsFrom(variables, {
    attributeCountLimit: ['OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
    attributeValueLengthLimit: ['OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'],
  });
}

/** Reads each limit from a list of variables. The first one that is set wins. */
function limitsFrom<K extends string>(
  variables: Variables,
  table: Readonly<Record<K, readonly string[]>>,
): Partial<Record<K, number>> {
  const limits: Partial<Record<K, number>> = {};
  for (const [limit, names] of Object.entries(table) as [K, readonly string[]][]) {
    const value = names.map((name) => variables.integer(name, 0)).find((each) => each !== undefined);
    if (value !== undefined) limits[limit] = value;
  }
  return limits;
}
