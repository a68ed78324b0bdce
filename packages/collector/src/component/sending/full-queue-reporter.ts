import type { SignalContext } from '../contract.ts';
import type { OverflowPolicy } from './config.ts';
import type { QueueState } from './queue.ts';

/** Minimum interval between log lines, and the time without a rejection after which a queue no longer counts as full. */
const INTERVAL_MILLIS = 10_000;

/**
 * Logs when a queue becomes full, how many batches it has rejected since the last line, and when it accepts batches
 * again. A queue near its limit becomes full many times per second, so it counts as full until it has accepted
 * everything for a while.
 */
export class FullQueueReporter {
  readonly #context: SignalContext;
  readonly #state: () => QueueState;
  readonly #policy: OverflowPolicy;
  #rejected = 0;
  #cancel: (() => void) | undefined;

  constructor(context: SignalContext, policy: OverflowPolicy, state: () => QueueState) {
    this.#context = context;
    this.#policy = policy;
    this.#state = state;
  }

  /** Counts a batch for which the queue has no space. */
  full(): void {
    this.#rejected += 1;
    if (this.#cancel === undefined) this.#report();
  }

  /** Stops the timer. */
  end(): void {
    this.#cancel?.();
  }

  #report(): void {
    const { requests, sizeBytes } = this.#state();
    this.#context.logger.warn(
      { signal: this.#context.signal, batches: this.#rejected, queuedBatches: requests, queuedBytes: sizeBytes },
      MESSAGES[this.#policy],
    );
    this.#rejected = 0;
    this.#cancel = this.#context.clock.setTimeout(() => {
      this.#cancel = undefined;
      if (this.#rejected > 0) this.#report();
      else this.#context.logger.info({ signal: this.#context.signal }, 'sending queue has space again');
    }, INTERVAL_MILLIS);
  }
}

const MESSAGES: Readonly<Record<OverflowPolicy, string>> = {
  reject: 'sending queue full, rejecting batches',
  block: 'sending queue full, batches wait',
  drop_oldest: 'sending queue full, dropping the oldest batches',
};
