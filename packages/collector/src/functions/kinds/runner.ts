import type { FunctionRequest, FunctionResult } from '../protocol.ts';
import type { ErrorMode } from './function-options.ts';

/** Applies a function to batches, and handles its failures as the error mode says. */
export interface Runner {
  run(request: FunctionRequest): FunctionResult;
}

/** Returns a failure with its position. */
export type DescribeFailure = (error: unknown) => string;

/** The failures of a function in one batch. */
export class Failures {
  readonly #describe: DescribeFailure;
  #errorMode: ErrorMode = 'ignore';
  #items = 0;
  #first: string | undefined;

  constructor(describe: DescribeFailure) {
    this.#describe = describe;
  }

  /** Number of items that are dropped because the function failed. */
  get droppedItems(): number {
    return this.#errorMode === 'drop' ? this.#items : 0;
  }

  /** Runs the function for a batch. `work` returns the result, except for the failures. */
  run(
    { id, errorMode }: FunctionRequest,
    work: () => Omit<FunctionResult, 'id' | 'failure' | 'failures' | 'failedItems' | 'isRefused'>,
  ): FunctionResult {
    this.#errorMode = errorMode;
    this.#items = 0;
    this.#first = undefined;
    try {
      const result = work();
      const failed = { failures: this.#items, failedItems: this.droppedItems, failure: this.#first };
      return { ...result, ...failed, id, isRefused: false };
    } catch (error) {
      if (!(error instanceof PropagatedFailure)) throw error;
      const nothing = { parts: undefined, itemCount: 0, dropped: 0, failedItems: 0 };
      return { ...nothing, id, failures: this.#items, failure: this.#first, isRefused: true };
    }
  }

  /** Decides about an item for which the function failed. Throws to refuse the batch. */
  handle(error: unknown): 'keep' | 'drop' {
    this.#items += 1;
    this.#first ??= this.#describe(error);
    if (this.#errorMode === 'propagate') throw new PropagatedFailure();
    return this.#errorMode === 'drop' ? 'drop' : 'keep';
  }
}

/** Thrown to stop processing a batch that is refused. */
class PropagatedFailure extends Error {}
