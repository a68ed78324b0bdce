import type { ComponentContext, DropRule } from '../contract.ts';

/** Minimum interval between log lines with the same cause. */
const INTERVAL_MILLIS = 10_000;

/**
 * Counts the items that a component loses. It logs the first loss immediately, and the total of later losses every ten
 * seconds.
 */
export class ErrorReporter {
  readonly #context: ComponentContext;
  readonly #rules = new Map<string, DropRule>();
  readonly #pending = new Map<string, { items: number; reason: string }>();
  #cancel: (() => void) | undefined;

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  /** Counts dropped items of requests under `cause`, such as `refused`. `reason` is the error to log. */
  dropped(itemCount: number, cause: string, reason: string, parts: readonly Uint8Array[] = []): void {
    this.#context.dropped(itemCount, cause);
    if (parts.length > 0) this.#record(cause, reason, parts);
    const loss = this.#pending.get(cause);
    if (loss) loss.items += itemCount;
    else this.#pending.set(cause, { items: itemCount, reason });
    if (this.#cancel === undefined) this.flush();
  }

  #record(cause: string, reason: string, parts: readonly Uint8Array[]): void {
    let rule = this.#rules.get(cause);
    if (rule === undefined) {
      rule = this.#context.dropRule({ reason: cause });
      this.#rules.set(cause, rule);
    }
    rule.parts(parts, reason);
  }

  /** Logs the losses that have not been logged yet. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#pending.size === 0) return;
    for (const [cause, { items, reason }] of this.#pending) {
      this.#context.logger.error({ items, cause, reason }, 'telemetry lost');
      this.#context.reportLoss?.(cause, reason);
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
