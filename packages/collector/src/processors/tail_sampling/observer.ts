import type { SignalContext } from '../../component/contract.ts';
import type { DecisionObserver } from './decider.ts';
import { Decision, type NamedPolicy } from './policy.ts';
import type { TraceView } from './trace-view.ts';

const KINDS = {
  [Decision.sampled]: 'sampled',
  [Decision.notSampled]: 'notSampled',
  [Decision.dropped]: 'dropped',
} as const;

/** Returns an observer that reports decisions and matching policies to the context, or `undefined` if it observes neither. */
export function observerOf(
  policies: readonly NamedPolicy[],
  { id: component, observeSampling, observeRule }: Pick<SignalContext, 'id' | 'observeSampling' | 'observeRule'>,
): DecisionObserver | undefined {
  if (observeSampling === undefined && observeRule === undefined) return undefined;
  const matched = policies.map(({ name }) => observeRule?.({ kind: 'policy', text: name }));
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
      if (decision !== Decision.notSampled) matched[index]?.();
      observeSampling?.({ ...volume(index, trace), kind: KINDS[decision] });
    },
    decided(decision, index, trace) {
      if (decision === Decision.sampled) observeSampling?.({ ...volume(index, trace), kind: 'decisive' });
    },
  };
}
