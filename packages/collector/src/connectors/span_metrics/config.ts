import type { ConfigIssue } from '../../component/define.ts';
import { errorMessage } from '../../component/error-message.ts';
import { compileGlob, type Glob } from '../../component/glob.ts';
import { duration, ignored, z } from '../../component/schema.ts';

/** The key of the dimension that contains this instance's ID. */
export const INSTANCE_ID = 'collector.instance.id';

/** The dimensions common to all metrics. */
const RESERVED = ['service.name', 'span.kind', 'status.code', 'span.name', INSTANCE_ID];

function dimensions(what: string) {
  return z
    .array(
      z.object({
        name: z.string().prefault('').describe('Span or resource attribute.'),
        default: z
          .string()
          .optional()
          .describe('Value for spans without the attribute. By default, they do not have the dimension.'),
        glob: z
          .string()
          .prefault('')
          .describe(
            'Instead of `name`: glob for attribute keys. Each matching attribute becomes a dimension. `*` matches up to the next `.`, `**` matches everything.',
          ),
      }),
    )
    .prefault([])
    .describe(what);
}

const positiveDuration = () =>
  duration().refine((millis) => millis > 0, { error: 'expected a duration of more than 0' });

export const spanMetricsConfig = z.object({
  dimensions: dimensions('Attributes of spans or resources that become dimensions of all metrics.'),
  callsDimensions: dimensions('Further dimensions of the calls metric.'),
  excludeDimensions: z
    .array(z.string())
    .prefault([])
    .describe(
      'Dimensions to omit: `service.name`, `span.name`, `span.kind`, `status.code` or `collector.instance.id`.',
    ),
  dimensionsCacheSize: ignored('the Collector has deprecated it; use `aggregation_cardinality_limit`', {
    schema: z.int(),
    effective: 0,
  }),
  resourceMetricsCacheSize: z
    .int()
    .min(1)
    .prefault(1000)
    .describe('Maximum number of resources. Beyond it, the metrics of the least recently used resources are removed.'),
  resourceMetricsKeyAttributes: z
    .array(z.string())
    .prefault([])
    .describe('Attributes that identify a resource. Default: all attributes.'),
  aggregationTemporality: z
    .string()
    .prefault('AGGREGATION_TEMPORALITY_CUMULATIVE')
    .describe('`AGGREGATION_TEMPORALITY_DELTA` for delta metrics; any other value means cumulative metrics.'),
  histogram: z
    .object({
      disable: z.boolean().prefault(false).describe('Whether to omit the duration metric.'),
      unit: z
        .string()
        .transform((unit) => unit.toLowerCase())
        .pipe(z.enum(['ms', 's']))
        .prefault('ms')
        .describe('Unit of the duration metric, `ms` or `s`.'),
      explicit: z
        .object({
          buckets: z.array(duration()).optional().describe('Upper bucket bounds.'),
        })
        .nullish()
        .describe('Histogram with explicit buckets. Default: 2ms to 15s.'),
      exponential: z
        .object({
          maxSize: z
            .int()
            .prefault(160)
            .describe(
              'Maximum number of buckets. 0 means 160; other values are clamped to the range from 2 to 16,384.',
            ),
        })
        .nullish()
        .describe('Exponential histogram, instead of `explicit`.'),
      dimensions: dimensions('Further dimensions of the duration metric.'),
    })
    .prefault({})
    .describe('Duration metric.'),
  metricsFlushInterval: positiveDuration().prefault('60s').describe('Interval at which metrics are emitted.'),
  metricsExpiration: duration()
    .prefault(0)
    .describe("Time without spans after which a resource's metrics are removed. 0 means never."),
  seriesExpiration: duration()
    .prefault(0)
    .describe('Time without spans after which a series is removed. 0 means never.'),
  metricTimestampCacheSize: z
    .int()
    .prefault(1000)
    .describe(
      'For delta metrics: number of series whose last timestamp is remembered, so that consecutive points have no gaps.',
    ),
  namespace: z.string().prefault('traces.span.metrics').describe('Metric name prefix.'),
  exemplars: z
    .object({
      enabled: z.boolean().prefault(false).describe('Whether data points have exemplars.'),
      maxPerDataPoint: z.int().prefault(5).describe('Maximum number of exemplars per data point.'),
    })
    .prefault({})
    .describe('Exemplars, which link data points to spans.'),
  events: z
    .object({
      enabled: z.boolean().prefault(false).describe('Whether to emit the events metric.'),
      dimensions: dimensions('Attributes of events that become dimensions of the events metric.'),
    })
    .prefault({})
    .describe('Metric that counts span events.'),
  includeInstrumentationScope: z
    .array(z.string())
    .prefault([])
    .describe('Names of the instrumentation scopes whose name and version become dimensions.'),
  aggregationCardinalityLimit: z
    .int()
    .min(0)
    .prefault(0)
    .describe(
      'Maximum number of series per metric and resource. Further combinations of dimensions are counted in a single series with `otel.metric.overflow`. 0 means no limit.',
    ),
  addResourceAttributes: z
    .boolean()
    .prefault(false)
    .describe('Accepted for compatibility: metrics always have the attributes of their resource.'),
  enableMetricsSamplingMethod: z
    .boolean()
    .prefault(false)
    .describe(
      'Whether to add the dimension `sampling.method`: `extrapolated` for spans whose `tracestate` has a sampling threshold, `counted` for others.',
    ),
});

/** The `span_metrics` connector's configuration. */
export type SpanMetricsConfig = z.output<typeof spanMetricsConfig>;

/** A configured dimension. */
export type DimensionConfig = SpanMetricsConfig['dimensions'][number];

/** Returns the errors that the schema cannot detect. */
export function checkSpanMetrics(config: SpanMetricsConfig): ConfigIssue[] {
  const { histogram, events, exemplars } = config;
  const issues = [
    ...checkDimensions(config.dimensions, ['dimensions']),
    ...checkDimensions(config.callsDimensions, ['calls_dimensions']),
    ...checkDimensions(histogram.dimensions, ['histogram', 'dimensions']),
    ...(events.enabled ? checkDimensions(events.dimensions, ['events', 'dimensions']) : []),
  ];
  const add = (path: readonly string[], message: string) => issues.push({ path, message });
  if (events.enabled && events.dimensions.length === 0)
    add(['events', 'dimensions'], 'expected at least one dimension for the events metric, got none');
  if (histogram.explicit && histogram.exponential)
    add(['histogram'], 'expected either `explicit` or `exponential`, got both');
  if (isDelta(config) && config.metricTimestampCacheSize <= 0)
    add(['metric_timestamp_cache_size'], `expected a size of at least 1, got ${config.metricTimestampCacheSize}`);
  if (exemplars.enabled && exemplars.maxPerDataPoint < 0)
    add(['exemplars', 'max_per_data_point'], `expected a number of at least 0, got ${exemplars.maxPerDataPoint}`);
  return issues;
}

/** Reports whether the metrics have delta temporality. */
export function isDelta({ aggregationTemporality }: SpanMetricsConfig): boolean {
  return aggregationTemporality === 'AGGREGATION_TEMPORALITY_DELTA';
}

function checkDimensions(configured: readonly DimensionConfig[], path: readonly string[]): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const names = new Set(RESERVED);
  for (const [index, dimension] of configured.entries()) {
    const message = dimensionError(dimension, names);
    if (message !== undefined) issues.push({ path: [...path, index], message });
    if (dimension.name !== '') names.add(dimension.name);
  }
  for (const { glob } of configured) {
    const compiled = glob === '' ? undefined : globOrError(glob);
    if (compiled === undefined || typeof compiled === 'string') continue;
    const name = [...names].find((each) => compiled.test(each));
    if (name === undefined) continue;
    const message = `expected a glob that matches no other dimension, got "${glob}", which matches "${name}"`;
    issues.push({ path, message });
  }
  return issues;
}

function dimensionError(
  { name, glob, default: value }: DimensionConfig,
  names: ReadonlySet<string>,
): string | undefined {
  if (name !== '' && glob !== '') return `expected one of \`name\` and \`glob\`, got both: "${name}" and "${glob}"`;
  if (name !== '') return names.has(name) ? `expected every dimension once, got "${name}" again` : undefined;
  if (glob === '') return 'expected one of `name` and `glob`, got neither';
  if (value !== undefined) return `expected no \`default\` with \`glob\`, got "${value}"`;
  const compiled = globOrError(glob);
  return typeof compiled === 'string' ? compiled : undefined;
}

function globOrError(glob: string): Glob | string {
  try {
    return compileGlob(glob, '.');
  } catch (error) {
    return `expected a glob, got "${glob}" (${errorMessage(error)})`;
  }
}
