import type { ComponentContext } from '../contract.ts';

/** How long losses are gathered before the next line about them. */
const GATHER_MILLIS = 10_000;

/**
 * Counts what a component loses, and logs it without flooding: the first loss at once, what follows at most every ten
 * seconds with its sum.
 */
export class ErrorReporter {
  readonly #context: ComponentContext;
  readonly #gathered = new Map<string, { items: number; reason: string }>();
  #cancel: (() => void) | undefined;

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  /** `cause` is the short word it is counted under, `reason` says what happened. */
  dropped(itemCount: number, cause: string, reason: string): void {
    this.#context.dropped(itemCount, cause);
    const gathered = this.#gathered.get(cause);
    if (gathered) gathered.items += itemCount;
    else this.#gathered.set(cause, { items: itemCount, reason });
    if (this.#cancel === undefined) this.flush();
  }

  /** Logs what has been gathered. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#gathered.size === 0) return;
    for (const [cause, { items, reason }] of this.#gathered) {
      this.#context.logger.error({ items, cause, reason }, 'Telemetry was lost.');
    }
    this.#gathered.clear();
    this.#cancel = this.#context.clock.setTimeout(() => {
      this.#cancel = undefined;
      this.flush();
    }, GATHER_MILLIS);
  }

  /** Logs what is left and stops the clock. */
  end(): void {
    this.flush();
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
