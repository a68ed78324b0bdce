import { countItems } from '@otelier/otlp';
import type { SignalContext } from '../../component/contract.ts';
import { TRACE_DECISIONS } from '../../functions/kinds/tail-sample.ts';
import { type FunctionConfig, type FunctionRun, RunningFunction } from '../../functions/running-function.ts';
import { Decision, type Policy } from './policy.ts';

/**
 * The policies whose results are functions of the user. A function runs in another thread, so that the results for a group
 * of traces are obtained first (`evaluate`), before the traces are decided one by one (`select`).
 */
export class FunctionPolicies {
  readonly #context: SignalContext;
  readonly #policies: FunctionPolicy[] = [];

  constructor(context: SignalContext) {
    this.#context = context;
  }

  get isEmpty(): boolean {
    return this.#policies.length === 0;
  }

  /** Adds a policy. */
  create(config: FunctionConfig, name: string): Policy {
    const policy = new FunctionPolicy(config, name, this.#context);
    this.#policies.push(policy);
    return { isStateful: true, evaluate: () => policy.evaluate() };
  }

  async start(): Promise<void> {
    for (const policy of this.#policies) await policy.start();
  }

  async shutdown(): Promise<void> {
    for (const policy of this.#policies) await policy.shutdown();
  }

  /** Obtains the results for traces, given as requests with all of their spans. Returns whether the functions ran. */
  async evaluate(requests: readonly Uint8Array[]): Promise<boolean> {
    const obtained = await Promise.all(this.#policies.map((policy) => policy.obtain(requests)));
    return obtained.every(Boolean);
  }

  /** Selects the trace that is decided next by its position; `undefined` if there are no results for it. */
  select(position: number | undefined): void {
    for (const policy of this.#policies) policy.select(position);
  }
}

class FunctionPolicy {
  readonly #errorMode: FunctionConfig['errorMode'];
  readonly #function: RunningFunction;
  readonly #name: string;
  readonly #context: SignalContext;
  #results: readonly Decision[] = [];
  #position: number | undefined;

  constructor(config: FunctionConfig, name: string, context: SignalContext) {
    this.#name = name;
    this.#context = context;
    this.#errorMode = config.errorMode;
    // The memory of the traces is already accounted for.
    this.#function = new RunningFunction(config, context, { use: 'tail_sampling', isAdmitted: false });
  }

  start(): Promise<void> {
    return this.#function.start();
  }

  shutdown(): Promise<void> {
    return this.#function.shutdown();
  }

  /** Each trace is a request of its own, so that one that takes too long affects no other. */
  async obtain(requests: readonly Uint8Array[]): Promise<boolean> {
    const runs = await Promise.all(requests.map((request) => this.#function.run([request], request.length)));
    for (const [index, run] of runs.entries()) this.#observe(run, requests[index] as Uint8Array);
    this.#results = runs.map((run) => this.#decisionOf(run));
    return runs.every(({ kind }) => kind !== 'unavailable');
  }

  select(position: number | undefined): void {
    this.#position = position;
  }

  evaluate(): Decision {
    const result = this.#position === undefined ? undefined : this.#results[this.#position];
    return result ?? this.#failed();
  }

  /** Reports a trace for which the function failed, in a simulation. */
  #observe(run: FunctionRun, request: Uint8Array): void {
    const { id: component, signal, observeSampling } = this.#context;
    if (run.kind === 'unavailable' || (run.kind === 'finished' && run.failures === 0)) return;
    if (observeSampling === undefined) return;
    const volume = { itemCount: countItems(signal, request), sizeBytes: request.length, traceCount: 1 };
    observeSampling?.({ ...volume, component, policy: this.#name, kind: 'failed' });
  }

  #decisionOf(run: FunctionRun): Decision {
    if (run.kind !== 'finished' || run.isRefused) return this.#failed();
    return run.decisions?.[0] === TRACE_DECISIONS.sampled ? Decision.sampled : Decision.notSampled;
  }

  #failed(): Decision {
    switch (this.#errorMode) {
      case 'ignore':
        return Decision.sampled;
      case 'drop':
        return Decision.notSampled;
      case 'propagate':
        return Decision.failed;
    }
  }
}
