import type { Clock } from '@otelier/transport';
import { Decision, type Policy } from '../policy.ts';
import type { TraceView } from '../trace-view.ts';

/** Returns a policy that samples traces that all of the given policies sample. */
export function and(policies: readonly Policy[]): Policy {
  return all(policies, Decision.sampled);
}

/** Returns a policy that drops traces that all of the given policies sample, regardless of other policies. */
export function drop(policies: readonly Policy[]): Policy {
  return all(policies, Decision.dropped);
}

function all(policies: readonly Policy[], result: Decision): Policy {
  const isStateful = policies.some((policy) => policy.isStateful);
  return {
    isStateful,
    evaluate(trace) {
      for (const policy of policies) {
        const decision = policy.evaluate(trace);
        if (decision === Decision.notSampled || decision === Decision.failed) return decision;
      }
      return result;
    },
    resultOfId(trace) {
      // A stateful policy counts the traces that it evaluates.
      if (isStateful) return undefined;
      const results = policies.map((policy) => policy.resultOfId?.(trace));
      if (results.includes(Decision.notSampled)) return Decision.notSampled;
      return results.every((decision) => decision === Decision.sampled) ? result : undefined;
    },
  };
}

/** Returns a policy that inverts the result of another policy. */
export function not(policy: Policy): Policy {
  const opposite = (decision: Decision): Decision => {
    if (decision === Decision.sampled) return Decision.notSampled;
    return decision === Decision.notSampled ? Decision.sampled : decision;
  };
  return {
    isStateful: policy.isStateful,
    evaluate: (trace) => opposite(policy.evaluate(trace)),
    resultOfId(trace) {
      const decision = policy.resultOfId?.(trace);
      return decision === undefined ? undefined : opposite(decision);
    },
  };
}

/** A policy with its share of a composite policy's spans per second. */
export interface SubPolicy {
  readonly name: string;
  readonly policy: Policy;
  readonly spansPerSecond: number;
}

/**
 * Returns a policy that samples what the first matching sub-policy samples, within its share of the spans in each
 * second.
 */
export function composite(maxSpansPerSecond: number, subPolicies: readonly SubPolicy[], clock: Clock): Policy {
  const sampledSpans = subPolicies.map(() => 0);
  let second = -1;
  return {
    isStateful: subPolicies.some(({ policy }) => policy.isStateful),
    evaluate(trace: TraceView) {
      const now = Math.floor(clock.monotonic() / 1000);
      if (now !== second) sampledSpans.fill(0);
      second = now;
      for (const [index, { name, policy, spansPerSecond }] of subPolicies.entries()) {
        const decision = policy.evaluate(trace);
        if (decision === Decision.failed) return decision;
        if (decision !== Decision.sampled) continue;
        const spans = (sampledSpans[index] ?? 0) + trace.spanCount;
        // A later trace with fewer spans may still fit.
        if (spans > spansPerSecond || spans > maxSpansPerSecond) return Decision.notSampled;
        sampledSpans[index] = spans;
        trace.compositePolicy = name;
        return Decision.sampled;
      }
      return Decision.notSampled;
    },
  };
}
