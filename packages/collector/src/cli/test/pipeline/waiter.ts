import type { VirtualClock } from '../../simulate/virtual-clock.ts';

/** Thrown when a component does not finish in time. */
export class TestTimeout extends Error {
  override readonly name = 'TestTimeout';
}

/** Time that work may take before the virtual clock follows the real one, so that limits of components apply. */
const GRACE_MILLIS = 1000;
const TICK_MILLIS = 50;
/** Time that components have to close at the end of a test. */
const CLOSE_MILLIS = 2000;

/**
 * Waits for components. Their clock stands still meanwhile: work takes no virtual time, unless it takes long, as when a
 * function of the user does not return.
 */
export class Waiter {
  readonly #clock: VirtualClock;
  readonly #timeoutMillis: number;

  constructor(clock: VirtualClock, timeoutMillis: number) {
    this.#clock = clock;
    this.#timeoutMillis = timeoutMillis;
  }

  /** Returns the result of work. Rejects with a `TestTimeout` that names what the components did not do in time. */
  async wait<T>(work: Promise<T>, what: string, pending: () => string): Promise<T> {
    const timeout = Promise.withResolvers<never>();
    const startMillis = performance.now();
    let followedMillis = 0;
    const timer = setInterval(() => {
      const elapsedMillis = performance.now() - startMillis;
      if (elapsedMillis > GRACE_MILLIS + followedMillis) {
        const millis = elapsedMillis - GRACE_MILLIS - followedMillis;
        followedMillis += millis;
        void this.#clock.advanceBy(millis);
      }
      if (elapsedMillis <= this.#timeoutMillis) return;
      const components = pending();
      const who = components === '' ? 'the pipeline' : components;
      timeout.reject(new TestTimeout(`expected ${who} to ${what} within ${this.#timeoutMillis} ms, got no end`));
    }, TICK_MILLIS);
    try {
      return await Promise.race([work, timeout.promise]);
    } finally {
      clearInterval(timer);
    }
  }

  /** Reports whether work is done within the time that components have to close. */
  async isDone(work: Promise<unknown>): Promise<boolean> {
    const ended = new Waiter(this.#clock, CLOSE_MILLIS).wait(work, 'close', () => '');
    return await ended.then(
      () => true,
      () => false,
    );
  }
}
