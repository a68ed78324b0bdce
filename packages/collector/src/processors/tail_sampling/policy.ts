import type { TraceView } from './trace-view.ts';

/** The result of a policy for a trace, and the state of a trace. A number, because one is stored for every trace. */
export const Decision = { pending: 0, sampled: 1, notSampled: 2, dropped: 3, failed: 4 } as const;

/** A `Decision` value. */
export type Decision = (typeof Decision)[keyof typeof Decision];

/** A sampling policy. */
export interface Policy {
  /** Whether the result depends on other traces, or can change from sampled to not sampled as more spans arrive. */
  readonly isStateful: boolean;
  /** Evaluates a trace based on the spans that have arrived. `failed` means that the policy could not be evaluated. */
  evaluate(trace: TraceView): Decision;
  /**
   * Returns the result that applies to every trace with the ID of `trace`, whatever its spans; `undefined` if it
   * depends on the spans.
   */
  resultOfId?(trace: TraceView): Decision | undefined;
}

/** A configured policy. */
export interface NamedPolicy extends Policy {
  readonly name: string;
  readonly isDrop: boolean;
}
