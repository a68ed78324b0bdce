import type { ConfigIssue } from '../../component/define.ts';
import { z } from '../../component/schema.ts';
import { parseDuration } from '../../component/units.ts';

export const serviceGraphConfig = z.object({
  latencyHistogramBuckets: z
    .array(anyDuration())
    .optional()
    .describe('Upper bounds of the duration buckets. Default: 2ms to 15s.'),
  exponentialHistogramMaxSize: z
    .int()
    .prefault(0)
    .describe('Maximum number of exponential histogram buckets, instead of `latency_histogram_buckets`.'),
  dimensions: z
    .array(z.string())
    .prefault([])
    .describe(
      'Resource or span attributes that become dimensions, prefixed with `client_` or `server_` depending on the side of the span.',
    ),
  store: z
    .object({
      maxItems: z.int().prefault(1000).describe('Maximum number of requests that are waiting for their second span.'),
      ttl: anyDuration().prefault('2s').describe('How long a request waits for its second span.'),
    })
    .prefault({})
    .describe('Store of requests for which only one span has arrived.'),
  cacheLoop: anyDuration()
    .prefault('1m')
    .describe('Interval at which series that have had no requests for 15 minutes are removed. 0 means `1m`.'),
  storeExpirationLoop: anyDuration()
    .prefault('2s')
    .describe('Interval at which requests that have waited too long are removed from the store. 0 means `2s`.'),
  virtualNodePeerAttributes: z
    .array(z.string())
    .optional()
    .describe(
      'Client span attributes that name a server that sends no spans, in order of precedence. If the list is empty, requests with only one span are not recorded. Default: `peer.service`, `db.name` and `db.system`.',
    ),
  virtualNodeExtraLabel: z
    .boolean()
    .prefault(false)
    .describe('Whether to add the dimension `virtual_node`: `client` or `server` if that side sent no span.'),
  metricsFlushInterval: anyDuration()
    .prefault('60s')
    .describe('Interval at which metrics are emitted; 0 emits them after every batch.'),
  databaseNameAttributes: z
    .array(z.string())
    .prefault([])
    .describe(
      'Client span attributes that name a database, in order of precedence. Such requests need no second span. Default: `db.name`.',
    ),
  metricsTimestampOffset: anyDuration()
    .prefault(0)
    .describe('Duration by which data point timestamps are moved into the past.'),
});

/** The configuration of the `service_graph` connector. */
export type ServiceGraphConfig = z.output<typeof serviceGraphConfig>;

/** Returns the errors that the schema cannot detect. */
export function checkServiceGraph({
  latencyHistogramBuckets,
  exponentialHistogramMaxSize: maxSize,
}: ServiceGraphConfig): ConfigIssue[] {
  const path = ['exponential_histogram_max_size'];
  if (latencyHistogramBuckets === undefined && maxSize < 0)
    return [{ path, message: `expected a number of at least 0, got ${maxSize}` }];
  if (latencyHistogramBuckets !== undefined && maxSize > 0)
    return [{ path, message: `expected nothing beside \`latency_histogram_buckets\`, got ${maxSize}` }];
  return [];
}

/**
 * Returns a field like `duration` that also accepts negative durations and a number of nanoseconds, as the Collector
 * does here. The value is in milliseconds.
 */
function anyDuration() {
  const error = 'expected a duration such as "200ms", "5s" or "1h30m"';
  return z
    .union([z.string(), z.int()], { error })
    .transform((value, context) => {
      if (typeof value === 'number') return value / 1e6;
      const isNegative = value.startsWith('-');
      const millis = parseDuration(isNegative ? value.slice(1) : value);
      if (millis === undefined) context.addIssue({ code: 'custom', message: error, input: value });
      return (isNegative ? -1 : 1) * (millis ?? 0);
    })
    .meta({ unit: 'duration' });
}
