import { ignored, z } from '../../component/schema.ts';

/** How attributes with too many new values are handled. */
const MODES = ['tag_only', 'overflow_attribute', 'strip_and_reaggregate'] as const;

export const cardinalityLimitConfig = z.object({
  maxCardinalityDeltaPerEpoch: z
    .int()
    .min(1)
    .prefault(100)
    .describe('How many more values than in the previous epoch a metric attribute may have.'),
  epochDurationSeconds: z.int().min(10).prefault(300).describe('Length of an epoch in seconds.'),
  neverDropLabels: z
    .array(z.string())
    .prefault(['http.status_code', 'region'])
    .describe('Attributes that are never limited.'),
  enforcementMode: z
    .union([z.literal(''), z.string().toLowerCase().pipe(z.enum(MODES))], {
      error: `expected one of ${MODES.map((mode) => `"${mode}"`).join(', ')}`,
    })
    .prefault('tag_only')
    .describe(
      'How an attribute that exceeds the limit is handled: `tag_only` adds `otel.metric.overflow` to the point, `overflow_attribute` replaces its value with `otel.cardinality_overflow`, `strip_and_reaggregate` removes it. The last two merge points that become identical; only gauges and delta sums can be merged, others are tagged.',
    ),
  tagOnly: z
    .boolean()
    .prefault(false)
    .describe(
      'Deprecated: whether the mode is `tag_only` instead of `strip_and_reaggregate`, if `enforcement_mode` is empty.',
    ),
  metricOverrides: z
    .record(z.string().min(1), z.int().min(1))
    .prefault({})
    .describe('Limits for individual metrics, by name.'),
  topOffendersCount: z
    .int()
    .min(0)
    .max(500)
    .prefault(10)
    .describe('Number of attributes over the limit to log at the end of each epoch. 0 logs none.'),
  maxTrackerCount: z
    .int()
    .min(0)
    .max(10_000_000)
    .prefault(0)
    .describe('Maximum number of metric attributes whose values are counted. Others are not limited. 0 means 50,000.'),
  dropLogMaxPerEpoch: z
    .int()
    .min(0)
    .prefault(10)
    .describe('Maximum number of attributes to log per epoch when they exceed their limit. 0 means 1,000.'),
  estimatedCostPerMetricMonth: ignored('otelier does not estimate costs', {
    schema: z.number().min(0),
    effective: 0.05,
  }),
});

/** The configuration of the `cardinality_limit` processor. */
export type CardinalityLimitConfig = z.output<typeof cardinalityLimitConfig>;

/** How attributes with too many new values are handled. */
export type EnforcementMode = (typeof MODES)[number];

/** Returns the enforcement mode of a configuration. */
export function modeOf({ enforcementMode, tagOnly }: CardinalityLimitConfig): EnforcementMode {
  if (enforcementMode !== '') return enforcementMode;
  return tagOnly ? 'tag_only' : 'strip_and_reaggregate';
}
