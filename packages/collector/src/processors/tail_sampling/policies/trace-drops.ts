import type { DropRule, SignalContext } from '../../../component/contract.ts';

type Context = Pick<SignalContext, 'dropped' | 'dropRule'>;

/** Counts and records the traces that are dropped for one reason. */
export interface TraceDropRule {
  /** Counts the spans of a trace, whose ID is four integers. */
  drop(spanCount: number, id0: number, id1: number, id2: number, id3: number): void;
}

/** The rules by which traces are dropped. */
export class TraceDrops {
  readonly tooEarly: TraceDropRule;
  readonly tooLarge: TraceDropRule;
  readonly shutdown: TraceDropRule;
  /** Spans that arrive after the decision. */
  readonly late: TraceDropRule;
  readonly #none: TraceDropRule;
  readonly #policies: readonly TraceDropRule[];

  /** `policies` are the names in the order in which they are evaluated, `configured` those in the configuration. */
  constructor(context: Context, policies: readonly string[], configured: readonly string[]) {
    const create = (reason: string, rule: string, path: readonly (string | number)[]) =>
      createRule(context, reason, rule, path);
    this.tooEarly = create('dropped_too_early', 'more than num_traces', ['num_traces']);
    this.tooLarge = create('too_large', 'larger than maximum_trace_size_bytes', ['maximum_trace_size_bytes']);
    this.shutdown = create('shutdown', 'pending at shutdown', ['drop_pending_traces_on_shutdown']);
    this.late = create('sampled', 'decided before: not sampled', ['decision_cache']);
    this.#none = create('sampled', 'no policy samples the trace', ['policies']);
    this.#policies = policies.map((name) =>
      create('sampled', `policy ${name} drops the trace`, ['policies', configured.indexOf(name)]),
    );
  }

  /** Returns the rule for a trace that a policy dropped, or -1 if none sampled it. */
  ofPolicy(policy: number): TraceDropRule {
    return this.#policies[policy] ?? this.#none;
  }
}

function createRule(
  { dropped, dropRule }: Context,
  reason: string,
  rule: string,
  path: readonly (string | number)[],
): TraceDropRule {
  const sampled: DropRule = dropRule({ reason, rule, path });
  return {
    drop(spanCount, id0, id1, id2, id3) {
      dropped(spanCount, reason, rule);
      sampled.trace(id0, id1, id2, id3);
    },
  };
}
