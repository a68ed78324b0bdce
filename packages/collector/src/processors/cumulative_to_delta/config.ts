import { compilePattern } from '@otelier/query/pattern';
import { patternError } from '../../component/pattern.ts';
import { duration, ignored, z } from '../../component/schema.ts';

const METRIC_TYPES = ['sum', 'histogram', 'exponentialhistogram'] as const;

/** The `cumulative_to_delta` configuration. */
export const cumulativeToDeltaConfig = z.object({
  maxStaleness: duration()
    .prefault('1h')
    .describe('How long the state of a stream is kept after its last point. `0` keeps it forever.'),
  initialValue: z
    .enum(['auto', 'keep', 'drop'])
    .prefault('auto')
    .describe(
      'How to handle the first point of a stream: `keep` or `drop` it, or keep it if its start time is known, is after the processor start and differs from its time (`auto`).',
    ),
  include: matchField('Metrics to convert. Default: all.'),
  exclude: matchField('Metrics not to convert.'),
});

/** The metrics to match. */
export type MatchMetrics = z.output<typeof cumulativeToDeltaConfig>['include'];

function matchField(description: string) {
  return z
    .object({
      matchType: z
        .enum(['strict', 'regexp'])
        .optional()
        .describe('How `metrics` match: `strict` compares names, `regexp` uses regular expressions.'),
      regexp: ignored('results of regular expressions are not cached'),
      metrics: z.array(z.string()).prefault([]).describe('Metric names or patterns. Requires `match_type`.'),
      metricTypes: z
        .array(
          z
            .string()
            .transform((type) => type.toLowerCase())
            .pipe(z.enum(METRIC_TYPES)),
        )
        .prefault([])
        .describe('Metric types: `sum`, `histogram`, `exponentialhistogram`. Default: all.'),
    })
    .superRefine(({ matchType, metrics }, issues) => {
      const issue = (path: (string | number)[], message: string) =>
        issues.addIssue({ code: 'custom', path, message, input: undefined });
      if (matchType === undefined && metrics.length > 0)
        issue(['matchType'], 'expected "strict" or "regexp" together with metrics, got nothing');
      if (matchType !== undefined && metrics.length === 0)
        issue(['metrics'], 'expected names together with match_type, got none');
      if (matchType !== 'regexp') return;
      for (const [index, text] of metrics.entries()) {
        const message = patternError(text);
        if (message !== undefined) issue(['metrics', index], message);
      }
    })
    .prefault({})
    .describe(description);
}

/** Returns a function that reports whether to convert a metric, given its name and lowercase type. */
export function compileMetricMatch(
  include: MatchMetrics,
  exclude: MatchMetrics,
): (name: string, type: string) => boolean {
  const included = namesOf(include);
  const excluded = namesOf(exclude);
  const isType = ({ metricTypes }: MatchMetrics, type: string) => metricTypes.some((each) => each === type);
  return (name, type) =>
    (included === undefined || included(name)) &&
    (include.metricTypes.length === 0 || isType(include, type)) &&
    (excluded === undefined || !excluded(name)) &&
    !isType(exclude, type);
}

function namesOf({ matchType, metrics }: MatchMetrics): ((name: string) => boolean) | undefined {
  if (metrics.length === 0) return undefined;
  if (matchType === 'strict') {
    const names = new Set(metrics);
    return (name) => names.has(name);
  }
  const patterns = metrics.map((text) => compilePattern(text));
  return (name) => patterns.some((pattern) => pattern.test(name));
}
