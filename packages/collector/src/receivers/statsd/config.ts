import type { ConfigIssue, ListenAddress } from '../../component/define.ts';
import { endpointError } from '../../component/fields/listen.ts';
import { patternError } from '../../component/pattern.ts';
import { duration, ignored, z } from '../../component/schema.ts';

const MIN_HISTOGRAM_SIZE = 2;
const MAX_HISTOGRAM_SIZE = 16_384;

const explicitBuckets = z.object({
  matcherPattern: z
    .string()
    .min(1)
    .superRefine((text, issues) => {
      const message = patternError(text);
      if (message !== undefined) issues.addIssue({ code: 'custom', message, input: text });
    })
    .describe('Regular expression for the names of metrics.'),
  buckets: z
    .array(z.number())
    .min(1)
    .refine((bounds) => bounds.every((bound, index) => index === 0 || bound >= (bounds[index - 1] as number)), {
      error: 'expected ascending numbers',
    })
    .describe('Upper bounds of the buckets, in ascending order.'),
});

const mapping = z.object({
  statsdType: z
    .enum(['timing', 'timer', 'histogram', 'distribution'])
    .describe(
      'Type of the received values. `timer` is `timing`; `histogram` and `distribution` share the last mapping.',
    ),
  observerType: z
    .enum(['gauge', 'summary', 'histogram'])
    .describe(
      'What they become: each value a point of a gauge, or all values of an interval a summary or a histogram.',
    ),
  histogram: z
    .object({
      maxSize: z
        .int()
        .min(0)
        .prefault(0)
        .describe('Maximum number of buckets of exponential histograms, from 2 to 16384. 0 means 160.'),
      explicitBuckets: z
        .array(explicitBuckets)
        .optional()
        .describe(
          'Explicit buckets for metrics by name. The first match counts; other metrics get exponential buckets.',
        ),
    })
    .prefault({})
    .describe('Options of histograms.'),
  summary: z
    .object({
      percentiles: z
        .array(z.number().min(0).max(100))
        .prefault([])
        .describe('Percentiles of summaries. Default: 0, 10, 50, 90, 95 and 100.'),
    })
    .prefault({})
    .describe('Options of summaries.'),
});

/** The configuration of the `statsd` receiver. */
export const statsdConfig = z.object({
  endpoint: z
    .string()
    .prefault('localhost:8125')
    .transform((text) => (text.startsWith('/') ? `unix:${text}` : text))
    .superRefine((endpoint, issues) => {
      const message = endpointError(endpoint);
      if (message !== undefined) issues.addIssue({ code: 'custom', message, input: endpoint });
    })
    .describe('Address to listen on: `host:port`, or `unix:/path` for the transport `unix`.'),
  transport: z
    .enum(['udp', 'udp4', 'udp6', 'tcp', 'tcp4', 'tcp6', 'unix', 'unixgram'])
    .prefault('udp')
    .describe(
      'Protocol. `unix` is a Unix stream socket (`unixstream` of DogStatsD), with lines or with the length before each message. `unixgram` is not available: Node.js has no Unix datagram sockets.',
    ),
  aggregationInterval: duration()
    .prefault('60s')
    .refine((millis) => millis > 0, { error: 'expected a positive duration' })
    .describe('Interval at which metrics are aggregated and passed on.'),
  enableMetricType: z
    .boolean()
    .prefault(false)
    .describe('Whether points get the attribute `metric_type`, such as `counter`.'),
  enableSimpleTags: z.boolean().prefault(false).describe('Whether tags may have no value, as in DogStatsD.'),
  enableIpOnlyAggregation: z
    .boolean()
    .prefault(false)
    .describe('Whether senders with the same IP address are one sender, whatever their port.'),
  ignoreHost: z.boolean().prefault(false).describe('Whether all senders are one sender.'),
  isMonotonicCounter: z.boolean().prefault(false).describe('Whether sums of counters are monotonic.'),
  counterType: z
    .enum(['', 'int', 'float', 'stochastic_int'])
    .prefault('int')
    .describe(
      'Values of counters: integers without the fraction of each value, doubles, or integers rounded at random so that the mean is right.',
    ),
  timerHistogramMapping: z
    .array(mapping)
    .prefault([
      { statsdType: 'timer', observerType: 'gauge' },
      { statsdType: 'histogram', observerType: 'gauge' },
      { statsdType: 'distribution', observerType: 'gauge' },
    ])
    .describe('What timings, histograms and distributions become. Values of types that it does not name are dropped.'),
  socketPermissions: ignored('there are no Unix datagram sockets in Node.js'),
  socketBufferSize: ignored('there are no Unix datagram sockets in Node.js', { schema: z.int(), effective: 0 }),
});

/** The configuration of the `statsd` receiver. */
export type StatsdConfig = z.output<typeof statsdConfig>;

/** Returns what the schema cannot detect. */
export function checkStatsd({ endpoint, transport, timerHistogramMapping }: StatsdConfig): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const isPath = endpoint.startsWith('unix:');
  if (transport === 'unixgram')
    issues.push({
      path: ['transport'],
      message: 'expected udp, tcp or unix, got "unixgram", which Node.js does not have',
    });
  else if ((transport === 'unix') !== isPath)
    issues.push({
      path: ['endpoint'],
      message: `expected ${isPath ? 'host:port' : 'unix:/path'} for the transport ${transport}, got "${endpoint}"`,
    });
  for (const [index, { observerType, histogram, summary }] of timerHistogramMapping.entries()) {
    const path = ['timer_histogram_mapping', index];
    const { maxSize, explicitBuckets: explicit } = histogram;
    if (maxSize !== 0 && (maxSize < MIN_HISTOGRAM_SIZE || maxSize > MAX_HISTOGRAM_SIZE))
      issues.push({
        path: [...path, 'histogram', 'max_size'],
        message: `expected ${MIN_HISTOGRAM_SIZE} to ${MAX_HISTOGRAM_SIZE}, got ${maxSize}`,
      });
    if (observerType !== 'histogram' && (maxSize !== 0 || explicit !== undefined))
      issues.push({ path: [...path, 'histogram'], message: `expected observer_type histogram, got "${observerType}"` });
    if (observerType !== 'summary' && summary.percentiles.length > 0)
      issues.push({ path: [...path, 'summary'], message: `expected observer_type summary, got "${observerType}"` });
  }
  return issues;
}

/** Returns the address that a receiver listens on. */
export function listenAddressOf({ endpoint, transport }: StatsdConfig): ListenAddress {
  return { path: ['endpoint'], endpoint, ...(transport.startsWith('udp') && { transport: 'udp' as const }) };
}
