import { ACCEPTED, type Batch, type Outcome, releaseBytes } from '@otelier/otlp';
import {
  type Consumer,
  type Processor,
  passOwned,
  type SamplingDecision,
  type SignalContext,
} from '../component/contract.ts';
import { reportChange } from '../component/items/report-change.ts';
import type { FunctionSignal } from './kinds/function-options.ts';
import type { FunctionResult } from './protocol.ts';
import { type FunctionConfig, RunningFunction, refusedBy } from './running-function.ts';

/** Creates a processor that applies a function of the user, in a thread that all functions of its file share. */
export function createFunctionProcessor(
  config: FunctionConfig,
  next: Consumer,
  context: SignalContext<FunctionSignal>,
): Processor {
  return new FunctionProcessing(config, next, context);
}

class FunctionProcessing implements Processor {
  readonly #config: FunctionConfig;
  readonly #next: Consumer;
  readonly #context: SignalContext<FunctionSignal>;
  readonly #function: RunningFunction;

  constructor(config: FunctionConfig, next: Consumer, context: SignalContext<FunctionSignal>) {
    this.#config = config;
    this.#next = next;
    this.#context = context;
    this.#function = new RunningFunction(config, context, { use: 'process' });
  }

  start(): Promise<void> {
    return this.#function.start();
  }

  shutdown(): Promise<void> {
    return this.#function.shutdown();
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    return this.#process(batch, (output) => (output === undefined ? ACCEPTED : this.#next.consume(output)));
  }

  /** The memory of what is not forwarded is free once there is a result. */
  consumeOwned(batch: Batch): Outcome | Promise<Outcome> {
    return this.#process(batch, (output) => {
      if (output !== batch) releaseOthers(batch, output);
      return output === undefined ? ACCEPTED : passOwned(this.#next, output);
    });
  }

  /** Applies the function to a batch, and passes the remaining items to `forward`. */
  #process(batch: Batch, forward: Forward): Outcome | Promise<Outcome> {
    const result = this.#function.runHere(batch.parts);
    return result === undefined ? this.#processInThread(batch, forward) : this.#finished(batch, result, forward);
  }

  async #processInThread(batch: Batch, forward: Forward): Promise<Outcome> {
    const run = await this.#function.run(batch.parts, batch.sizeBytes);
    switch (run.kind) {
      case 'unavailable':
        return run.outcome;
      case 'interrupted':
        return this.#interrupted(batch, run.failure, forward);
      case 'finished':
        return this.#finished(batch, run, forward);
    }
  }

  #finished(batch: Batch, result: FunctionResult, forward: Forward): Outcome | Promise<Outcome> {
    this.#observe(batch, result);
    if (result.isRefused) return refusedBy(result.failure ?? '');
    const { parts, itemCount, dropped, failedItems } = result;
    const count = () => {
      if (dropped > 0) this.#context.dropped(dropped, 'filtered', this.#config.function);
      if (failedItems > 0) this.#context.dropped(failedItems, 'function_failed', this.#config.function);
      if (parts !== undefined) reportChange(this.#context, batch.itemCount - dropped - failedItems, itemCount);
    };
    if (parts === undefined) return onceAccepted(forward(batch), count);
    if (parts.length === 0) return onceAccepted(forward(undefined), count);
    const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
    return onceAccepted(forward({ ...batch, parts, itemCount, sizeBytes }), count);
  }

  /** Reports the decisions of a function that filters, in a simulation. */
  #observe({ itemCount, sizeBytes, parts }: Batch, result: FunctionResult): void {
    const { id: component, observeSampling } = this.#context;
    if (observeSampling === undefined || !this.#function.filters) return;
    const about = { component, policy: this.#config.function, traceCount: 0 };
    const report = (kind: SamplingDecision['kind'], items: number, bytes: number) => {
      if (items > 0) observeSampling({ ...about, kind, itemCount: items, sizeBytes: bytes });
    };
    if (result.isRefused) {
      report('failed', itemCount, sizeBytes);
      return;
    }
    const keptBytes = (result.parts ?? parts).reduce((sum, part) => sum + part.length, 0);
    const kept = result.parts === undefined ? itemCount : result.itemCount;
    report('sampled', kept, keptBytes);
    report('decisive', kept, keptBytes);
    report('notSampled', result.dropped + result.failedItems, sizeBytes - keptBytes);
    // The sizes of single items are not known here.
    report('failed', result.failures, 0);
  }

  #interrupted(batch: Batch, failure: string, forward: Forward): Outcome | Promise<Outcome> {
    this.#observe(batch, interrupted(batch, this.#config.errorMode));
    switch (this.#config.errorMode) {
      case 'ignore':
        return forward(batch);
      case 'drop':
        this.#context.dropped(batch.itemCount, 'function_failed');
        return forward(undefined);
      case 'propagate':
        return refusedBy(failure);
    }
  }
}

/** Returns what the error mode makes of a batch that the function has not finished. */
function interrupted({ itemCount }: Batch, errorMode: FunctionConfig['errorMode']): FunctionResult {
  const isDropped = errorMode === 'drop';
  return {
    ...{ id: 0, dropped: 0, failures: itemCount, failure: undefined, isRefused: errorMode === 'propagate' },
    parts: isDropped ? [] : undefined,
    itemCount: isDropped ? 0 : itemCount,
    failedItems: isDropped ? itemCount : 0,
  };
}

/** Releases the parts of a batch that are not forwarded unchanged. */
function releaseOthers({ parts }: Batch, output: Batch | undefined): void {
  for (const part of parts) if (output === undefined || !output.parts.includes(part)) releaseBytes(part);
}

/** Forwards a batch; `undefined` if nothing remains of it. */
type Forward = (output: Batch | undefined) => Outcome | Promise<Outcome>;

/** Calls `count` if the sender does not send the batch again. */
async function onceAccepted(forwarded: Outcome | Promise<Outcome>, count: () => void): Promise<Outcome> {
  const outcome = await forwarded;
  if (outcome.kind === 'accepted' || outcome.kind === 'partial') count();
  return outcome;
}
