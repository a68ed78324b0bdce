import { duration, ignored, z } from '../../component/schema.ts';
import { policiesField } from './policy-config.ts';
import { isStateful } from './stateful.ts';

const options = z.object({
  decisionWait: duration()
    .prefault('30s')
    .describe('Time after the first span of a trace at which it is decided, in whole seconds and at least one.'),
  decisionWaitAfterRootReceived: duration()
    .prefault(0)
    .describe('Time after the root span at which a trace is decided, if that is earlier. 0 means `decision_wait`.'),
  numTraces: z
    .int()
    .min(1)
    .prefault(50_000)
    .describe(
      'Number of traces to remember, decided ones included. The oldest trace is removed for a new one, without a decision if it has none.',
    ),
  blockOnOverflow: z
    .boolean()
    .prefault(false)
    .describe('Whether requests wait until a trace is decided, instead of removing traces without a decision.'),
  expectedNewTracesPerSec: ignored('memory grows with the number of traces', { schema: z.int().min(0) }),
  policies: policiesField,
  decisionCache: z
    .object({
      sampledCacheSize: cacheSize('sampled'),
      nonSampledCacheSize: cacheSize('not sampled'),
    })
    .prefault({})
    .describe('Decisions to remember after the traces have been removed.'),
  tailStorage: ignored('traces are kept in memory', { schema: z.string() }),
  sampleOnFirstMatch: z
    .boolean()
    .prefault(false)
    .describe('Whether a trace is sampled by the first policy that samples it, without evaluating later ones.'),
  samplingStrategy: z
    .enum(['trace-complete', 'span-ingest'])
    .prefault('trace-complete')
    .describe(
      '`trace-complete` decides about all spans of a trace after `decision_wait`. `span-ingest` evaluates each request and decides as soon as a policy samples or drops a trace.',
    ),
  dropPendingTracesOnShutdown: z
    .boolean()
    .prefault(false)
    .describe(
      'Whether traces without a decision are dropped at shutdown, instead of decided by the spans that arrived.',
    ),
  maximumTraceSizeBytes: z
    .int()
    .min(0)
    .prefault(0)
    .describe('Size above which a trace is dropped before its decision. 0 means no limit.'),
  numShards: ignored('set service.workers to use several threads', {
    schema: z.int().min(0).max(256),
    effective: 1,
  }),
  recordPolicy: z
    .boolean()
    .prefault(false)
    .describe(
      'Whether sampled spans get the scope attributes `tailsampling.policy`, `tailsampling.composite_policy` and `tailsampling.cached_decision`, as with the feature gate `processor.tailsamplingprocessor.recordpolicy` of the Collector.',
    ),
});

export const tailSamplingConfig = options.superRefine(({ samplingStrategy, policies }, issues) => {
  if (samplingStrategy !== 'span-ingest') return;
  for (const [index, policy] of policies.entries())
    if (isStateful(policy))
      issues.addIssue({
        code: 'custom',
        message: `expected a policy without limits and maxima, which sampling_strategy span-ingest cannot apply, got ${policy.type}`,
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
    .describe(`Number of traces that were ${decision} to remember, the most recently used ones. 0 means none.`);
}
