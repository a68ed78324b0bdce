import { type Decision, type RewriteHooks, rewriteItems } from '@otelier/otlp';
import type { ErrorMode, FunctionProcessor } from './function-processor.ts';
import type { FunctionRequest, FunctionResult } from './protocol.ts';

/** Applies a function to batches, and handles its failures as the error mode says. */
export class FunctionRunner {
  readonly #processor: FunctionProcessor;
  readonly #describe: (error: unknown) => string;
  readonly #hooks: RewriteHooks;
  #errorMode: ErrorMode = 'ignore';
  #failedItems = 0;
  #failure: string | undefined;

  /** `describe` returns a failure with its position. */
  constructor(processor: FunctionProcessor, describe: (error: unknown) => string) {
    this.#processor = processor;
    this.#describe = describe;
    this.#hooks = processor.createHooks((error) => this.#failed(error));
  }

  run({ id, errorMode, parts }: FunctionRequest): FunctionResult {
    this.#errorMode = errorMode;
    this.#failedItems = 0;
    this.#failure = undefined;
    try {
      return this.#rewrite(id, parts);
    } catch (error) {
      if (!(error instanceof PropagatedFailure)) throw error;
      return {
        id,
        parts: undefined,
        itemCount: 0,
        dropped: 0,
        failedItems: 0,
        failure: this.#failure,
        isRefused: true,
      };
    }
  }

  #rewrite(id: number, parts: readonly Uint8Array[]): FunctionResult {
    const remaining: Uint8Array[] = [];
    let itemCount = 0;
    let dropped = 0;
    let isChanged = false;
    for (const part of parts) {
      const result = rewriteItems(this.#processor.signal, part, this.#hooks);
      itemCount += result.kept;
      dropped += result.dropped;
      isChanged ||= result.changed;
      if (result.bytes !== undefined) remaining.push(result.bytes);
    }
    const failedItems = this.#errorMode === 'drop' ? this.#failedItems : 0;
    return {
      id,
      parts: isChanged ? remaining : undefined,
      itemCount,
      dropped: dropped - failedItems,
      failedItems,
      failure: this.#failure,
      isRefused: false,
    };
  }

  #failed(error: unknown): Decision {
    this.#failedItems += 1;
    this.#failure ??= this.#describe(error);
    if (this.#errorMode === 'propagate') throw new PropagatedFailure();
    return this.#errorMode === 'drop' ? 'drop' : 'keep';
  }
}

/** Thrown to stop processing a batch that is refused. */
class PropagatedFailure extends Error {}
