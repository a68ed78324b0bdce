import { duration, ignored, z } from '../../component/schema.ts';
import { policiesField } from './policy-config.ts';
import { isStateful } from './stateful.ts';

const options = z.object({
  decisionWait: duration()
    .prefault('30s')
    .describe('How long after its first span a trace is decided, in whole seconds (minimum 1s).'),
  decisionWaitAfterRootReceived: duration()
    .prefault(0)
    .describe('How long after its root span a trace is decided, if that is earlier. 0 means `decision_wait`.'),
  numTraces: z
    .int()
    .min(1)
    .prefault(50_000)
    .describe(
      'Maximum number of traces in memory, including decided ones. Beyond it, the oldest trace is removed, even if it is undecided.',
    ),
  blockOnOverflow: z
    .boolean()
    .prefault(false)
    .describe('Whether requests wait until a trace has been decided, instead of removing undecided traces.'),
  expectedNewTracesPerSec: ignored('memory grows with the number of traces', { schema: z.int().min(0) }),
  policies: policiesField,
  decisionCache: z
    .object({
      sampledCacheSize: cacheSize('sampled'),
      nonSampledCacheSize: cacheSize('not sampled'),
    })
    .prefault({})
    .describe('Caches of decisions about traces that have been removed from memory.'),
  storage: z
    .string()
    .min(1)
    .optional()
    .describe(
      'ID of the extension that stores undecided traces, such as `file_storage`. They then survive a restart and a crash, and each trace has one decision. Not with `service.workers`, and only in one pipeline.',
    ),
  tailStorage: ignored('`storage` stores undecided traces', { schema: z.string() }),
  sampleOnFirstMatch: z
    .boolean()
    .prefault(false)
    .describe('Whether the first policy that samples a trace is decisive, so that later policies are not evaluated.'),
  samplingStrategy: z
    .enum(['trace-complete', 'span-ingest'])
    .prefault('trace-complete')
    .describe(
      '`trace-complete` evaluates all spans of a trace after `decision_wait`. `span-ingest` evaluates each request and decides as soon as a policy samples or drops a trace.',
    ),
  dropPendingTracesOnShutdown: z
    .boolean()
    .prefault(false)
    .describe(
      'Whether undecided traces are dropped at shutdown, instead of being decided from the spans received so far.',
    ),
  maximumTraceSizeBytes: z
    .int()
    .min(0)
    .prefault(0)
    .describe('Maximum size of a trace; larger traces are dropped without a decision. 0 means no limit.'),
  numShards: ignored('set service.workers to use several threads', {
    schema: z.int().min(0).max(256),
    effective: 1,
  }),
  recordPolicy: z
    .boolean()
    .prefault(false)
    .describe(
      'Whether sampled spans get the scope attributes `tailsampling.policy`, `tailsampling.composite_policy` and `tailsampling.cached_decision`, as with the Collector feature gate `processor.tailsamplingprocessor.recordpolicy`.',
    ),
});

export const tailSamplingConfig = options.superRefine(({ samplingStrategy, policies }, issues) => {
  if (samplingStrategy !== 'span-ingest') return;
  for (const [index, policy] of policies.entries())
    if (isStateful(policy))
      issues.addIssue({
        code: 'custom',
        message: `expected a policy without limits, maxima and functions, which sampling_strategy span-ingest cannot apply, got ${policy.type}`,
        path: ['policies', index, 'type'],
        input: policy.type,
      });
});

/** The configuration of the `tail_sampling` processor. */
export type TailSamplingConfig = z.output<typeof tailSamplingConfig>;

function cacheSize(decision: string) {
  return z
    .int()
    .prefault(0)
    .describe(
      `Maximum number of cached decisions for traces that were ${decision}. The least recently used one is evicted. 0 disables the cache.`,
    );
}
