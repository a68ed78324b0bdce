import type { LogPattern } from './group-records.ts';
import { patternConditions } from './pattern-conditions.ts';

/** Number of characters of the body of an example. */
const MAX_EXAMPLE = 1000;

/** Converts a pattern to its API form. */
export function patternJson(pattern: LogPattern) {
  const { service, severity, severityNumber, parts, count, steps, before, first, last, examples } = pattern;
  return {
    ...{ service, severity, severityNumber },
    parts: parts.map(({ text, variable }) => ({ text, ...(variable !== undefined && { variable }) })),
    where: patternConditions(pattern),
    count: Math.round(count),
    steps: steps.map(Math.round),
    before: Math.round(before),
    firstSeenNanos: first.toString(),
    lastSeenNanos: last.toString(),
    examples: examples.map(({ time, body, traceId, spanId }) => ({
      timeNanos: time.toString(),
      body: body.slice(0, MAX_EXAMPLE),
      traceId,
      spanId,
    })),
  };
}
