import { type Context, isSpanContextValid, type Sampler, TraceFlags, trace } from '@opentelemetry/api';
import { alwaysOff, alwaysOn } from './always.ts';

/** Who decides, by what the parent is. */
export interface ParentBasedOptions {
  /** For spans without a parent. */
  readonly root: Sampler;
  /** Default `alwaysOn`. */
  readonly remoteParentSampled?: Sampler;
  /** Default `alwaysOff`. */
  readonly remoteParentNotSampled?: Sampler;
  /** Default `alwaysOn`. */
  readonly localParentSampled?: Sampler;
  /** Default `alwaysOff`. */
  readonly localParentNotSampled?: Sampler;
}

/** Decides as the parent did, so that traces are whole; `root` decides where there is none. */
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
