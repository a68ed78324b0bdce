import { type Context, isSpanContextValid, type Sampler, TraceFlags, trace } from '@opentelemetry/api';
import { alwaysOff, alwaysOn } from './always.ts';

/** The samplers for each kind of parent. */
export interface ParentBasedOptions {
  /** Sampler for spans without a parent. */
  readonly root: Sampler;
  /** Sampler for spans with a sampled remote parent. Default `alwaysOn`. */
  readonly remoteParentSampled?: Sampler;
  /** Sampler for spans with an unsampled remote parent. Default `alwaysOff`. */
  readonly remoteParentNotSampled?: Sampler;
  /** Sampler for spans with a sampled local parent. Default `alwaysOn`. */
  readonly localParentSampled?: Sampler;
  /** Sampler for spans with an unsampled local parent. Default `alwaysOff`. */
  readonly localParentNotSampled?: Sampler;
}

/**
 * Returns a sampler that follows the parent's decision, so that traces are complete. `root` decides for spans without a
 * parent.
 */
export function parentBased(options: ParentBasedOptions): Sampler {
  const {
    root,
    remoteParentSampled = alwaysOn,
    remoteParentNotSampled = alwaysOff,
    localParentSampled = alwaysOn,
    localParentNotSampled = alwaysOff,
  } = options;
  const samplerFor = (context: Context): Sampler => {
    const parent = trace.getSpanContext(context);
    if (parent === undefined || !isSpanContextValid(parent)) return root;
    const isSampled = (parent.traceFlags & TraceFlags.SAMPLED) !== 0;
    if (parent.isRemote) return isSampled ? remoteParentSampled : remoteParentNotSampled;
    return isSampled ? localParentSampled : localParentNotSampled;
  };
  return {
    shouldSample: (context, ...rest) => samplerFor(context).shouldSample(context, ...rest),
    toString: () =>
      `ParentBased{root=${root}, remoteParentSampled=${remoteParentSampled}, remoteParentNotSampled=${remoteParentNotSampled}, ` +
      `localParentSampled=${localParentSampled}, localParentNotSampled=${localParentNotSampled}}`,
  };
}
