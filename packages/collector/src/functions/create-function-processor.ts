import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import type { Consumer, Processor, SignalContext } from '../component/contract.ts';
import type { Lease } from '../component/host.ts';
import { FunctionFile, type FunctionOutcome } from './function-file.ts';
import type { ErrorMode, FunctionSignal } from './function-processor.ts';

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

  async consume(batch: Batch): Promise<Outcome> {
    const file = this.#lease?.value;
    if (file === undefined)
      return { kind: 'retry', afterMillis: undefined, reason: 'the function has not been loaded' };
    // The thread works on a copy, because a batch can be in use elsewhere.
    const admission = this.#context.admission.admit(batch.sizeBytes, batch.parts.length);
    if ('kind' in admission) return admission;
    let outcome: FunctionOutcome;
    try {
      const { function: functionName, errorMode, timeout } = this.#config;
      outcome = await file.run({ functionName, errorMode, parts: batch.parts.map(ownMemory) }, timeout);
    } finally {
      admission.release();
    }
    return this.#forward(batch, outcome);
  }

  #forward(batch: Batch, outcome: FunctionOutcome): Outcome | Promise<Outcome> {
    if (outcome.kind === 'closed')
      return { kind: 'retry', afterMillis: undefined, reason: 'the service is shutting down' };
    this.#report(outcome.failure);
    if (outcome.kind === 'interrupted') return this.#interrupted(batch, outcome.failure);
    if (outcome.isRefused) return refused(outcome.failure ?? '');
    if (outcome.dropped > 0) this.#context.dropped(outcome.dropped, 'filtered');
    if (outcome.failedItems > 0) this.#context.dropped(outcome.failedItems, 'function_failed');
    const { parts, itemCount } = outcome;
    if (parts === undefined) return this.#next.consume(batch);
    if (parts.length === 0) return ACCEPTED;
    const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
    return this.#next.consume({ ...batch, parts, itemCount, sizeBytes });
  }

  #interrupted(batch: Batch, failure: string): Outcome | Promise<Outcome> {
    switch (this.#config.errorMode) {
      case 'ignore':
        return this.#next.consume(batch);
      case 'drop':
        this.#context.dropped(batch.itemCount, 'function_failed');
        return ACCEPTED;
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

function refused(failure: string): Outcome {
  return { kind: 'refused', reason: `the function failed: ${failure}` };
}

/** Returns the part in its own buffer, because messages copy an array's entire buffer. */
function ownMemory(part: Uint8Array): Uint8Array {
  return part.byteLength === part.buffer.byteLength ? part : part.slice();
}
