import { Decision, type NamedPolicy } from './policy.ts';
import type { TraceView } from './trace-view.ts';

/** Observes the result of each policy for each trace, for statistics. */
export interface DecisionObserver {
  /** Called for each evaluated policy. */
  evaluated(policy: number, decision: Decision, trace: TraceView): void;
  /** Called after a trace has been decided, with the index of the decisive policy, or -1. */
  decided(decision: Decision, policy: number, trace: TraceView): void;
}

/** Options for a `Decider`. */
export interface DeciderOptions {
  readonly sampleOnFirstMatch: boolean;
  /** Whether the policy that sampled a trace must be the first in policy order. */
  readonly needsPolicy: boolean;
  readonly observer: DecisionObserver | undefined;
}

/** Makes sampling decisions by evaluating the policies. */
export class Decider {
  /** Index of the policy that sampled or dropped the last trace, or -1. */
  policy = -1;
  readonly #policies: readonly NamedPolicy[];
  readonly #sampleOnFirstMatch: boolean;
  readonly #observer: DecisionObserver | undefined;
  /** Policies that may decide by trace ID alone, tried before spans are read. */
  readonly #byId: readonly NamedPolicy[];
  /** Whether no other policies need to be evaluated once a policy samples a trace by its ID. */
  readonly #mayStopEarly: boolean;
  /** Whether the trace ID alone may decide that a trace is not sampled. */
  readonly #mayRejectById: boolean;

  constructor(policies: readonly NamedPolicy[], { sampleOnFirstMatch, needsPolicy, observer }: DeciderOptions) {
    this.#policies = policies;
    this.#sampleOnFirstMatch = sampleOnFirstMatch;
    this.#observer = observer;
    this.#byId = policies.filter((policy) => !policy.isDrop && policy.resultOfId !== undefined);
    const isPure = policies.every(({ isStateful }) => !isStateful);
    this.#mayStopEarly = observer === undefined && isPure && !needsPolicy && policies.every(({ isDrop }) => !isDrop);
    this.#mayRejectById = observer === undefined && policies.every((policy) => policy.resultOfId !== undefined);
  }

  /** Reports whether a trace will not be sampled regardless of its spans, so that they need not be stored. */
  isRejectedById(trace: TraceView): boolean {
    if (!this.#mayRejectById) return false;
    for (const policy of this.#policies) {
      const result = policy.resultOfId?.(trace);
      if (result === Decision.dropped) return true;
      if (result !== Decision.notSampled) return false;
    }
    return true;
  }

  /** Makes the decision for a trace based on all its spans. */
  decide(trace: TraceView): Decision {
    this.policy = -1;
    if (this.#mayStopEarly && this.#isSampledById(trace)) return Decision.sampled;
    const decision = this.#evaluate(trace);
    this.#observer?.decided(decision, this.policy, trace);
    return decision;
  }

  /**
   * Makes the decision for a trace based on the spans in one request. Returns `pending` unless a policy samples or
   * drops the trace. A drop policy that does not drop it yet may do so later, so nothing is sampled before then.
   */
  decideAtIngest(trace: TraceView): Decision {
    this.policy = -1;
    let mayDrop = false;
    for (const [index, policy] of this.#policies.entries()) {
      if (!policy.isDrop && mayDrop) break;
      const decision = policy.evaluate(trace);
      if (decision === Decision.failed) continue;
      this.#observer?.evaluated(index, decision, trace);
      const isFinal = decision === Decision.dropped || (decision === Decision.sampled && !policy.isDrop);
      if (policy.isDrop) mayDrop = true;
      if (!isFinal) continue;
      this.policy = index;
      this.#observer?.decided(decision, index, trace);
      return decision;
    }
    return Decision.pending;
  }

  #isSampledById(trace: TraceView): boolean {
    for (const policy of this.#byId) if (policy.resultOfId?.(trace) === Decision.sampled) return true;
    return false;
  }

  #evaluate(trace: TraceView): Decision {
    const policies = this.#policies;
    for (let index = 0; index < policies.length; index++) {
      const policy = policies[index] as NamedPolicy;
      const decision = policy.evaluate(trace);
      if (decision === Decision.failed) continue;
      this.#observer?.evaluated(index, decision, trace);
      if (decision === Decision.dropped) {
        this.policy = index;
        return decision;
      }
      if (decision !== Decision.sampled) continue;
      if (this.policy < 0) this.policy = index;
      // Later policies may count the trace, even if they cannot change the decision.
      if (this.#sampleOnFirstMatch || this.#mayStopEarly) break;
    }
    return this.policy < 0 ? Decision.notSampled : Decision.sampled;
  }
}
