import type { ConfigIssue } from '../../component/define.ts';
import { z } from '../../component/schema.ts';
import { parseDuration } from '../../component/units.ts';

export const serviceGraphConfig = z.object({
  latencyHistogramBuckets: z
    .array(anyDuration())
    .optional()
    .describe('Upper bounds of the buckets of the duration metrics. Default: 2ms to 15s.'),
  exponentialHistogramMaxSize: z
    .int()
    .prefault(0)
    .describe('Maximum number of buckets of exponential histograms, instead of `latency_histogram_buckets`.'),
  dimensions: z
    .array(z.string())
    .prefault([])
    .describe(
      'Attributes of resources or spans that become dimensions, with the prefix `client_` or `server_` by the side of the span.',
    ),
  store: z
    .object({
      maxItems: z.int().prefault(1000).describe('Maximum number of requests with one span, which wait for the other.'),
      ttl: anyDuration().prefault('2s').describe('How long the span of a request waits for the other one.'),
    })
    .prefault({})
    .describe('The requests of which one span is known.'),
  cacheLoop: anyDuration()
    .prefault('1m')
    .describe('Interval at which series without a request for 15 minutes are removed. 0 means `1m`.'),
  storeExpirationLoop: anyDuration()
    .prefault('2s')
    .describe('Interval at which requests that waited too long are removed from the store. 0 means `2s`.'),
  virtualNodePeerAttributes: z
    .array(z.string())
    .optional()
    .describe(
      'Attributes of client spans with the name of a server that sends no spans, the most important one first. An empty list records no requests with one span. Default: `peer.service`, `db.name` and `db.system`.',
    ),
  virtualNodeExtraLabel: z
    .boolean()
    .prefault(false)
    .describe('Whether to add the dimension `virtual_node`: `client` or `server` if that side sent no span.'),
  metricsFlushInterval: anyDuration()
    .prefault('60s')
    .describe('Interval at which metrics are emitted. 0: after every batch.'),
  databaseNameAttributes: z
    .array(z.string())
    .prefault([])
    .describe(
      'Attributes of client spans with the name of a database, the most important one first. Such requests need no other span. Default: `db.name`.',
    ),
  metricsTimestampOffset: anyDuration()
    .prefault(0)
    .describe('Duration by which the times of data points are in the past.'),
});

/** The configuration of the `service_graph` connector. */
export type ServiceGraphConfig = z.output<typeof serviceGraphConfig>;

/** Returns the mistakes that the schema cannot find. */
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

/** Like `duration`, but also negative or a number of nanoseconds, which the Collector accepts here. In milliseconds. */
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
