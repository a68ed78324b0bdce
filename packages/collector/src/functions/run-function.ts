import { type RewriteHooks, rewriteItems } from '@otelier/otlp';
import type { FunctionSignal } from './kinds/function-options.ts';
import { type DescribeFailure, Failures, type Runner } from './kinds/runner.ts';
import type { HandleFailure } from './kinds/user-function.ts';
import type { FunctionRequest, FunctionResult } from './protocol.ts';

/** A function that keeps, drops or changes items. */
interface ItemRewriter {
  readonly signal: FunctionSignal;
  createHooks(failed: HandleFailure): RewriteHooks;
}

/** Applies a function that filters or changes items. */
export class FunctionRunner implements Runner {
  readonly #signal: FunctionSignal;
  readonly #failures: Failures;
  readonly #hooks: RewriteHooks;

  /** `describe` returns a failure with its position. */
  constructor(processor: ItemRewriter, describe: DescribeFailure) {
    this.#signal = processor.signal;
    const failures = new Failures(describe);
    this.#failures = failures;
    this.#hooks = processor.createHooks((error) => failures.handle(error));
  }

  run(request: FunctionRequest): FunctionResult {
    return this.#failures.run(request, () => this.#rewrite(request.parts));
  }

  #rewrite(parts: readonly Uint8Array[]) {
    const remaining: Uint8Array[] = [];
    let itemCount = 0;
    let dropped = 0;
    let isChanged = false;
    for (const part of parts) {
      const result = rewriteItems(this.#signal, part, this.#hooks);
      itemCount += result.kept;
      dropped += result.dropped;
      isChanged ||= result.changed;
      if (result.bytes !== undefined) remaining.push(result.bytes);
    }
    return {
      parts: isChanged ? remaining : undefined,
      itemCount,
      dropped: dropped - this.#failures.droppedItems,
    };
  }
}
