import { compilePattern } from '@otelier/query/pattern';
import { patternError } from '../../component/pattern.ts';
import { duration, ignored, z } from '../../component/schema.ts';

const METRIC_TYPES = ['sum', 'histogram', 'exponentialhistogram'] as const;

/** The options of `cumulative_to_delta`. */
export const cumulativeToDeltaConfig = z.object({
  maxStaleness: duration()
    .prefault('1h')
    .describe('Time after the last point of a stream until its state is removed. `0` never removes it.'),
  initialValue: z
    .enum(['auto', 'keep', 'drop'])
    .prefault('auto')
    .describe(
      'What to do with the first point of a stream: `keep` or `drop` it, or keep it if its start time is known, is after the start of the processor and differs from its time (`auto`).',
    ),
  include: matchField('Metrics to convert. Default: all.'),
  exclude: matchField('Metrics not to convert.'),
});

/** Which metrics match. */
export type MatchMetrics = z.output<typeof cumulativeToDeltaConfig>['include'];

function matchField(description: string) {
  return z
    .object({
      matchType: z
        .enum(['strict', 'regexp'])
        .optional()
        .describe('How `metrics` match: `strict` compares names, `regexp` uses regular expressions.'),
      regexp: ignored('results of regular expressions are not cached'),
      metrics: z.array(z.string()).prefault([]).describe('Names or patterns of metrics. Requires `match_type`.'),
      metricTypes: z
        .array(
          z
            .string()
            .transform((type) => type.toLowerCase())
            .pipe(z.enum(METRIC_TYPES)),
        )
        .prefault([])
        .describe('Types of metrics: `sum`, `histogram`, `exponentialhistogram`. Default: all.'),
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

/** Reports whether a metric with a name and type, in lowercase letters, is to be converted. */
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
