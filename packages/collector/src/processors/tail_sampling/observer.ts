import type { SignalContext } from '../../component/contract.ts';
import type { DecisionObserver } from './decider.ts';
import { Decision, type NamedPolicy } from './policy.ts';
import type { TraceView } from './trace-view.ts';

const KINDS = {
  [Decision.sampled]: 'sampled',
  [Decision.notSampled]: 'notSampled',
  [Decision.dropped]: 'dropped',
} as const;

/** Returns an observer that reports decisions to the context, or `undefined` if the context does not observe them. */
export function observerOf(
  policies: readonly NamedPolicy[],
  { id: component, observeSampling }: Pick<SignalContext, 'id' | 'observeSampling'>,
): DecisionObserver | undefined {
  if (observeSampling === undefined) return undefined;
  const volume = (index: number, trace: TraceView) => ({
    component,
    policy: policies[index]?.name ?? '',
    itemCount: trace.spanCount,
    sizeBytes: trace.sizeBytes(),
    traceCount: 1,
  });
  return {
    evaluated(index, decision, trace) {
      if (decision === Decision.pending || decision === Decision.failed) return;
      observeSampling({ ...volume(index, trace), kind: KINDS[decision] });
    },
    decided(decision, index, trace) {
      if (decision === Decision.sampled) observeSampling({ ...volume(index, trace), kind: 'decisive' });
    },
  };
}
