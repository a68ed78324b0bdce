import type { TraceView } from './trace-view.ts';

/** The result of a policy for a trace, and the state of a trace. A number, because there is one of every trace. */
export const Decision = { pending: 0, sampled: 1, notSampled: 2, dropped: 3, failed: 4 } as const;

/** One of the values of `Decision`. */
export type Decision = (typeof Decision)[keyof typeof Decision];

/** A sampling policy. */
export interface Policy {
  /** Whether the result depends on other traces, or can change from sampled to not sampled with further spans. */
  readonly isStateful: boolean;
  /** Decides about a trace by the spans that have arrived. `failed` means that the policy could not be evaluated. */
  evaluate(trace: TraceView): Decision;
  /** Returns the result for every trace with the ID of `trace`, whatever its spans; `undefined` if it depends on them. */
  resultOfId?(trace: TraceView): Decision | undefined;
}

/** A policy of the configuration. */
export interface NamedPolicy extends Policy {
  readonly name: string;
  readonly isDrop: boolean;
}
