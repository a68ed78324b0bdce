import type { FunctionRequest, FunctionResult } from '../protocol.ts';
import type { FunctionOptions } from './function-options.ts';
import { type DescribeFailure, Failures, type Runner } from './runner.ts';
import { EncodedTrace, type Trace } from './trace.ts';
import { describeReturned, requireFunction, UserFunction } from './user-function.ts';

/** The options of `tailSample`: those of the function, and those of the `tail_sampling` processor except its policies. */
export interface TailSampleOptions extends FunctionOptions {
  /** How long after its first span a trace is decided, in whole seconds. Default `30s`. */
  readonly decision_wait?: string;
  /** How long after its root span a trace is decided, if that is earlier. */
  readonly decision_wait_after_root_received?: string;
  /** Maximum number of traces in memory. Default 50,000. */
  readonly num_traces?: number;
  readonly block_on_overflow?: boolean;
  readonly decision_cache?: { readonly sampled_cache_size?: number; readonly non_sampled_cache_size?: number };
  /** ID of the extension that stores undecided traces, such as `file_storage`. */
  readonly storage?: string;
  readonly drop_pending_traces_on_shutdown?: boolean;
  readonly maximum_trace_size_bytes?: number;
  readonly record_policy?: boolean;
}

/** A function that decides about traces. Created by `tailSample`. */
export class TailSampleFunction extends UserFunction {
  readonly use = 'tail_sampling';
  readonly #keep: (trace: Trace) => boolean | number;

  constructor(keep: (trace: Trace) => boolean | number, options: TailSampleOptions) {
    super(['traces'], 'tailSample', options);
    requireFunction('tailSample', keep);
    this.#keep = keep;
  }

  createRunner(describe: DescribeFailure): Runner {
    return new TailSampleRunner(this.#keep, describe);
  }
}

/**
 * Samples whole traces: keeps those for which `keep` returns true, and a share of those for which it returns a number
 * from 0 to 1, chosen by their trace ID. A processor.
 */
export function tailSample(
  keep: (trace: Trace) => boolean | number,
  options: TailSampleOptions = {},
): TailSampleFunction {
  return new TailSampleFunction(keep, options);
}

/** The decisions about traces. */
export const TRACE_DECISIONS = { dropped: 0, sampled: 1 } as const;

class TailSampleRunner implements Runner {
  readonly #keep: (trace: Trace) => unknown;
  readonly #failures: Failures;

  constructor(keep: (trace: Trace) => unknown, describe: DescribeFailure) {
    this.#keep = keep;
    this.#failures = new Failures(describe);
  }

  /** Decides about each part, which contains the spans of one trace. */
  run(request: FunctionRequest): FunctionResult {
    return this.#failures.run(request, () => ({
      parts: undefined,
      itemCount: request.parts.length,
      dropped: 0,
      decisions: request.parts.map((part) => (this.#keeps(part) ? TRACE_DECISIONS.sampled : TRACE_DECISIONS.dropped)),
    }));
  }

  #keeps(part: Uint8Array): boolean {
    try {
      const trace = new EncodedTrace(part);
      const kept = this.#keep(trace);
      if (typeof kept === 'boolean') return kept;
      if (typeof kept === 'number' && kept >= 0 && kept <= 1) return isInShare(trace.traceId, kept);
      throw new TypeError(`expected true, false or a number from 0 to 1, got ${describeReturned(kept)}`);
    } catch (error) {
      return this.#failures.handle(error) === 'keep';
    }
  }
}

/**
 * Reports whether a trace belongs to a share of all traces: the last 56 bits of its ID are random by the W3C Trace Context
 * specification, so that every node and run chooses the same traces.
 */
function isInShare(traceId: string, share: number): boolean {
  return Number.parseInt(traceId.slice(-14), 16) / 2 ** 56 >= 1 - share;
}
