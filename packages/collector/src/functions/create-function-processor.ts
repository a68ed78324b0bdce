import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import { type Consumer, type Processor, passOwned, releaseOwned, type SignalContext } from '../component/contract.ts';
import type { Lease } from '../component/host.ts';
import { FunctionFile } from './function-file.ts';
import type { ErrorMode, FunctionSignal } from './function-processor.ts';
import type { FunctionResult } from './protocol.ts';

/** The configuration of a function as a processor. */
export interface FunctionConfig {
  readonly file: string;
  readonly function: string;
  readonly errorMode: ErrorMode;
  readonly timeout: number;
}

/** A failing function counts as working again after this time without a failure. */
const RECOVERY_MILLIS = 10_000;

/** Creates a processor that applies a function of the user, in a thread that all functions of its file share. */
export function createFunctionProcessor(
  config: FunctionConfig,
  next: Consumer,
  context: SignalContext<FunctionSignal>,
): Processor {
  return new RunningFunction(config, next, context);
}

class RunningFunction implements Processor {
  readonly #config: FunctionConfig;
  readonly #next: Consumer;
  readonly #context: SignalContext<FunctionSignal>;
  #lease: Lease<FunctionFile> | undefined;
  #release: (() => void) | undefined;
  /** Time of the last failure; `undefined` while the function works. */
  #failedMillis: number | undefined;
  #failure: string | undefined;
  #loadError: string | undefined;

  constructor(config: FunctionConfig, next: Consumer, context: SignalContext<FunctionSignal>) {
    this.#config = config;
    this.#next = next;
    this.#context = context;
  }

  async start(): Promise<void> {
    const { host, clock, logger, signal } = this.#context;
    const { file, function: functionName } = this.#config;
    this.#lease = await host.share(`functions:${file}`, () => new FunctionFile({ file, clock, logger }).open());
    const reportLoad = (error: string | undefined) => {
      this.#loadError = error;
      this.#reportStatus();
    };
    this.#release = this.#lease.value.use({ functionName, signal, reportLoad });
  }

  async shutdown(): Promise<void> {
    this.#release?.();
    await this.#lease?.release();
  }

  consume(batch: Batch): Promise<Outcome> {
    return this.#process(batch, (output) => (output === undefined ? ACCEPTED : this.#next.consume(output)));
  }

  /** The thread works on a copy, so that the memory of a batch that changes is free once it has a result. */
  consumeOwned(batch: Batch): Promise<Outcome> {
    return this.#process(batch, (output) => {
      if (output !== batch) releaseOwned(batch);
      return output === undefined ? ACCEPTED : passOwned(this.#next, output);
    });
  }

  /** Applies the function to a batch, and passes the remaining items to `forward`. */
  async #process(batch: Batch, forward: Forward): Promise<Outcome> {
    const file = this.#lease?.value;
    if (file === undefined)
      return { kind: 'retry', afterMillis: undefined, reason: 'the function has not been loaded' };
    const admission = this.#context.admission.admit(batch.sizeBytes, batch.parts.length);
    if ('kind' in admission) return admission;
    const { function: functionName, errorMode, timeout } = this.#config;
    const outcome = await file.run({ functionName, errorMode, parts: batch.parts }, timeout);
    admission.release();
    switch (outcome.kind) {
      case 'closed':
        return { kind: 'retry', afterMillis: undefined, reason: 'the service is shutting down' };
      case 'interrupted':
        this.#report(outcome.failure);
        return this.#interrupted(batch, outcome.failure, forward);
      case 'finished':
        this.#report(outcome.failure);
        return this.#finished(batch, outcome, forward);
    }
  }

  #finished(batch: Batch, result: FunctionResult, forward: Forward): Outcome | Promise<Outcome> {
    if (result.isRefused) return refused(result.failure ?? '');
    if (result.dropped > 0) this.#context.dropped(result.dropped, 'filtered');
    if (result.failedItems > 0) this.#context.dropped(result.failedItems, 'function_failed');
    const { parts, itemCount } = result;
    if (parts === undefined) return forward(batch);
    if (parts.length === 0) return forward(undefined);
    const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
    return forward({ ...batch, parts, itemCount, sizeBytes });
  }

  #interrupted(batch: Batch, failure: string, forward: Forward): Outcome | Promise<Outcome> {
    switch (this.#config.errorMode) {
      case 'ignore':
        return forward(batch);
      case 'drop':
        this.#context.dropped(batch.itemCount, 'function_failed');
        return forward(undefined);
      case 'propagate':
        return refused(failure);
    }
  }

  /** Logs a failure once, and the end of failures once. */
  #report(failure: string | undefined): void {
    const { clock, logger } = this.#context;
    const now = clock.monotonic();
    const { file, function: name, errorMode } = this.#config;
    if (failure !== undefined) {
      if (this.#failedMillis === undefined) {
        this.#failure = failure;
        this.#reportStatus();
        logger.error({ file, function: name, errorMode, reason: failure }, 'function failed');
      }
      this.#failedMillis = now;
    } else if (this.#failedMillis !== undefined && now - this.#failedMillis >= RECOVERY_MILLIS) {
      this.#failedMillis = undefined;
      this.#failure = undefined;
      this.#reportStatus();
      logger.info({ file, function: name }, 'function works again');
    }
  }

  #reportStatus(): void {
    const { reportStatus } = this.#context;
    if (this.#loadError !== undefined) reportStatus(`using the previous functions: ${this.#loadError}`);
    else reportStatus(this.#failure === undefined ? undefined : `function failed: ${this.#failure}`);
  }
}

/** Forwards a batch; `undefined` if nothing remains of it. */
type Forward = (output: Batch | undefined) => Outcome | Promise<Outcome>;

function refused(failure: string): Outcome {
  return { kind: 'refused', reason: `the function failed: ${failure}` };
}
