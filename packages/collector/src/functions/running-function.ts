import type { Outcome } from '@otelier/otlp';
import { systemClock } from '@otelier/transport/clock';
import type { SignalContext } from '../component/contract.ts';
import type { Lease } from '../component/host.ts';
import { FunctionFile } from './function-file.ts';
import type { ErrorMode, FunctionSignal, FunctionUseKind } from './kinds/function-options.ts';
import type { FunctionRequest, FunctionResult } from './protocol.ts';

/** The configuration of a function of the user. */
export interface FunctionConfig {
  readonly file: string;
  readonly function: string;
  readonly errorMode: ErrorMode;
  readonly timeout: number;
}

/** A failing function counts as working again after this time without a failure. */
const RECOVERY_MILLIS = 10_000;

/** The result of a function for the parts of a batch. */
export type FunctionRun =
  | ({ readonly kind: 'finished' } & FunctionResult)
  /** The function has not finished, which its error mode decides about. */
  | { readonly kind: 'interrupted'; readonly failure: string }
  /** The function cannot run now. */
  | { readonly kind: 'unavailable'; readonly outcome: Outcome };

/** The options of `RunningFunction`. */
export interface RunningFunctionOptions {
  readonly use: FunctionUseKind;
  /** IDs of the pipelines that a function which routes can return. */
  readonly pipelines?: readonly string[];
  /** Whether the copy in the function's thread counts as telemetry in flight. Default true. */
  readonly isAdmitted?: boolean;
}

/** A function of the user in the thread of its file, which reports its failures as the status of a component. */
export class RunningFunction {
  readonly #config: FunctionConfig;
  readonly #context: SignalContext;
  readonly #signal: FunctionSignal;
  readonly #options: RunningFunctionOptions;
  /** The parts of a request that are the same for all batches. */
  readonly #request: Omit<FunctionRequest, 'id' | 'parts'>;
  #lease: Lease<FunctionFile> | undefined;
  #release: (() => void) | undefined;
  /** Time of the last failure; `undefined` while the function works. */
  #failedMillis: number | undefined;
  #failure: string | undefined;
  #loadError: string | undefined;

  constructor(config: FunctionConfig, context: SignalContext, options: RunningFunctionOptions) {
    if (context.signal === 'profiles') throw new Error('expected traces, metrics or logs, got profiles');
    this.#config = config;
    this.#context = context;
    this.#signal = context.signal;
    this.#options = options;
    const { pipelines } = options;
    const { function: functionName, errorMode } = config;
    this.#request = { functionName, signal: this.#signal, errorMode, ...(pipelines && { pipelines }) };
  }

  /** Loads the module. Throws if it has errors or lacks the function. */
  async start(): Promise<void> {
    const { host, logger, pauseClock } = this.#context;
    // Functions take real time, also in a simulation.
    const clock = pauseClock === undefined ? this.#context.clock : systemClock;
    const { file, function: functionName } = this.#config;
    this.#lease = await host.share(`functions:${file}`, () => new FunctionFile({ file, clock, logger }).open());
    const reportLoad = (error: string | undefined) => {
      this.#loadError = error;
      this.#reportStatus();
    };
    this.#release = this.#lease.value.use({ use: this.#options.use, functionName, signal: this.#signal, reportLoad });
  }

  async shutdown(): Promise<void> {
    this.#release?.();
    await this.#lease?.release();
  }

  /** Whether the function decides about items and changes none. */
  get filters(): boolean {
    return this.#lease?.value.creatorOf(this.#config.function)?.startsWith('filter') === true;
  }

  /** Applies a function that needs no thread of its own. Returns `undefined` for others. */
  runHere(parts: readonly Uint8Array[]): FunctionResult | undefined {
    if (this.#failedMillis !== undefined) return undefined;
    return this.#lease?.value.runHere({ ...this.#request, parts });
  }

  /** Applies the function to the parts of a batch. */
  async run(parts: readonly Uint8Array[], sizeBytes: number): Promise<FunctionRun> {
    const file = this.#lease?.value;
    if (file === undefined) return unavailable('the function has not been loaded');
    const { isAdmitted = true } = this.#options;
    const admission = isAdmitted ? this.#context.admission.admit(sizeBytes, parts.length) : undefined;
    if (admission !== undefined && 'kind' in admission) return { kind: 'unavailable', outcome: admission };
    const running = file.run({ ...this.#request, parts }, this.#config.timeout);
    const outcome = await (this.#context.pauseClock?.(running) ?? running);
    admission?.release();
    if (outcome.kind === 'closed') return unavailable('the service is shutting down');
    this.#report(outcome.failure);
    return outcome;
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

/** Returns the outcome of a batch that the function refuses. */
export function refusedBy(failure: string): Outcome {
  return { kind: 'refused', reason: `the function failed: ${failure}` };
}

function unavailable(reason: string): FunctionRun {
  return { kind: 'unavailable', outcome: { kind: 'retry', afterMillis: undefined, reason } };
}
