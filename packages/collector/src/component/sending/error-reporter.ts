import type { ComponentContext } from '../contract.ts';

/** Minimum interval between log lines with the same cause. */
const INTERVAL_MILLIS = 10_000;

/**
 * Counts the items that a component loses. It logs the first loss immediately, and the total of later losses every ten
 * seconds.
 */
export class ErrorReporter {
  readonly #context: ComponentContext;
  readonly #pending = new Map<string, { items: number; reason: string }>();
  #cancel: (() => void) | undefined;

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  /** Counts dropped items under `cause`, such as `refused`. `reason` is the error to log. */
  dropped(itemCount: number, cause: string, reason: string): void {
    this.#context.dropped(itemCount, cause);
    const loss = this.#pending.get(cause);
    if (loss) loss.items += itemCount;
    else this.#pending.set(cause, { items: itemCount, reason });
    if (this.#cancel === undefined) this.flush();
  }

  /** Logs the losses that have not been logged yet. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#pending.size === 0) return;
    for (const [cause, { items, reason }] of this.#pending) {
      this.#context.logger.error({ items, cause, reason }, 'telemetry lost');
    }
    this.#pending.clear();
    this.#cancel = this.#context.clock.setTimeout(() => {
      this.#cancel = undefined;
      this.flush();
    }, INTERVAL_MILLIS);
  }

  /** Logs the remaining losses and cancels the timer. */
  end(): void {
    this.flush();
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
