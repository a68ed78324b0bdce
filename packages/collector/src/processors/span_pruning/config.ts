import { duration, z } from '../../component/schema.ts';
import { compileGlob } from '../../ottl/functions/text/glob.ts';

const NANOS_PER_MILLI = 1e6;

export const spanPruningConfig = z.object({
  groupByAttributes: z
    .array(
      z.string().superRefine((glob, issues) => {
        const message = globError(glob);
        if (message !== undefined) issues.addIssue({ code: 'custom', message, input: glob });
      }),
    )
    .prefault([])
    .describe('Globs for attribute keys, such as `db.*`, whose values must be equal within a group.'),
  minSpansToAggregate: z.int().min(2).prefault(5).describe('Minimum number of similar leaf spans to summarize.'),
  maxParentDepth: z
    .int()
    .min(-1)
    .prefault(1)
    .describe(
      'How many levels of parents above summarized leaf spans can be summarized, provided that all of their children are. 0 summarizes leaf spans only, and -1 means no limit.',
    ),
  aggregationAttributePrefix: z
    .string()
    .refine((prefix) => /^\S+$/.test(prefix.trim()), { error: 'expected a prefix without whitespace' })
    .prefault('aggregation.')
    .describe('Prefix of the statistics attributes.'),
  aggregationHistogramBuckets: z
    .array(duration())
    .superRefine((buckets, issues) => {
      for (const [index, millis] of buckets.entries()) {
        if (millis > (buckets[index - 1] ?? 0)) continue;
        const message = 'expected durations above 0 in ascending order';
        issues.addIssue({ code: 'custom', message, path: [index], input: millis });
      }
    })
    .transform((buckets) => buckets.map((millis) => BigInt(Math.round(millis * NANOS_PER_MILLI))))
    .prefault(['5ms', '10ms', '25ms', '50ms', '100ms', '250ms', '500ms', '1s', '2500ms', '5s', '10s'])
    .describe('Upper bounds of the duration buckets. An empty list adds no buckets.'),
});

/** The configuration of the `span_pruning` processor. */
export type SpanPruningConfig = z.output<typeof spanPruningConfig>;

function globError(glob: string): string | undefined {
  if (glob.trim() === '') return 'expected a glob, got an empty text';
  try {
    compileGlob(glob);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
