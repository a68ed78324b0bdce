import type { Clock } from '@otelier/transport/clock';

/** An attempt that waits for its time or for a free place. */
export interface Attempt {
  /** Name of the integration, of which only some attempts run at once. */
  readonly integration: string;
  run(): Promise<void>;
}

/** Attempts that run at once. A slow receiver must not delay the others. */
const MAX_RUNNING = 32;
const MAX_RUNNING_OF_INTEGRATION = 4;

/** Runs attempts at their time, a bounded number at once. */
export class Attempts {
  readonly #clock: Clock;
  readonly #timers = new Set<() => void>();
  readonly #waiting: Attempt[] = [];
  readonly #running = new Map<string, number>();
  readonly #promises = new Set<Promise<void>>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs an attempt after a time. */
  schedule(attempt: Attempt, afterMillis: number): void {
    if (this.#isClosed) return;
    const cancel = this.#clock.setTimeout(() => {
      this.#timers.delete(cancel);
      this.#waiting.push(attempt);
      this.#runWaiting();
    }, afterMillis);
    this.#timers.add(cancel);
  }

  /** Cancels waiting attempts and waits for running ones. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const cancel of this.#timers) cancel();
    this.#waiting.length = 0;
    await Promise.all(this.#promises);
  }

  #runWaiting(): void {
    if (this.#isClosed) return;
    for (let at = 0; at < this.#waiting.length && this.#promises.size < MAX_RUNNING; ) {
      const attempt = this.#waiting[at];
      const running = this.#running.get(attempt?.integration ?? '') ?? 0;
      if (attempt === undefined || running >= MAX_RUNNING_OF_INTEGRATION) {
        at += 1;
        continue;
      }
      this.#waiting.splice(at, 1);
      this.#run(attempt, running);
    }
  }

  #run(attempt: Attempt, running: number): void {
    const { integration } = attempt;
    this.#running.set(integration, running + 1);
    const promise = attempt.run().finally(() => {
      this.#promises.delete(promise);
      const left = (this.#running.get(integration) ?? 1) - 1;
      if (left === 0) this.#running.delete(integration);
      else this.#running.set(integration, left);
      this.#runWaiting();
    });
    this.#promises.add(promise);
  }
}
