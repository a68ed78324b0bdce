import { logUnsentItems } from './unsent-items.ts';

/**
 * Sends the remaining telemetry. Never rejects. `isRepeated` is true if it has run before and the process is about to
 * end again.
 */
type Flush = (isRepeated: boolean) => Promise<unknown>;

/**
 * Calls `flush` when the process is about to end: when nothing keeps it alive, on a signal, or on an uncaught
 * exception. The process ends the same way as without the library. The result removes the callback.
 */
export function onProcessExit(flush: Flush): () => void {
  flushes.add(flush);
  watch ??= new ExitWatch((isRepeated) => Promise.all([...flushes].map((each) => each(isRepeated))));
  return () => {
    flushes.delete(flush);
    if (flushes.size > 0) return;
    watch?.stop();
    watch = undefined;
  };
}

const flushes = new Set<Flush>();
let watch: ExitWatch | undefined;

/**
 * Listens to signals and uncaught exceptions, which prevents Node from ending the process. It therefore listens only
 * while the program has no listener of its own, even if the program counts listeners, and ends the process itself after
 * the flush.
 */
class ExitWatch {
  readonly #flush: Flush;
  readonly #listeners: Readonly<Record<string, (cause: unknown) => void>>;
  #hasFlushed = false;

  constructor(flush: Flush) {
    this.#flush = flush;
    this.#listeners = {
      SIGTERM: () => this.#handle('SIGTERM', () => this.#endBySignal('SIGTERM')),
      SIGINT: () => this.#handle('SIGINT', () => this.#endBySignal('SIGINT')),
      uncaughtException: (error) => this.#handle('uncaughtException', () => this.#endByException(error)),
    };
    this.#start();
  }

  stop(): void {
    process.off('beforeExit', this.#onBeforeExit);
    process.off('newListener', this.#onNewListener);
    for (const [event, listener] of Object.entries(this.#listeners)) process.off(event, listener);
  }

  #start(): void {
    process.on('beforeExit', this.#onBeforeExit);
    process.on('newListener', this.#onNewListener);
    for (const [event, listener] of Object.entries(this.#listeners)) {
      if (process.listenerCount(event) === 0) process.on(event, listener);
    }
  }

  readonly #onBeforeExit = () => {
    // The event is emitted again after its work is done, and other listeners may have recorded more telemetry.
    void this.#flush(this.#hasFlushed);
    this.#hasFlushed = true;
  };

  readonly #onNewListener = (event: string | symbol, added: unknown) => {
    const listener = this.#listeners[event as string];
    if (listener === undefined || added === listener) return;
    // Only after the new listener was added: Node stops watching a signal without listeners.
    queueMicrotask(() => {
      if (process.listenerCount(event) > 1) process.off(event, listener);
    });
  };

  #handle(event: string, end: () => Promise<void>): void {
    // The program has just added its own listener.
    if (process.listenerCount(event) > 1) return;
    // A second signal or exception ends the process immediately.
    this.stop();
    void end();
  }

  async #endBySignal(signal: 'SIGTERM' | 'SIGINT'): Promise<void> {
    await waitAtMost(SIGNAL_FLUSH_MILLIS[signal], this.#flush(false));
    logUnsentItems();
    process.kill(process.pid, signal);
    // Signals without a listener do not end the first process of a container.
    setTimeout(() => {
      if (watch === this) this.#start();
    }, SURVIVAL_MILLIS).unref();
  }

  async #endByException(error: unknown): Promise<void> {
    await waitAtMost(EXCEPTION_FLUSH_MILLIS, this.#flush(false));
    // Not from a promise, which would turn it into an unhandled rejection.
    setImmediate(() => {
      throw error;
    });
  }
}

/** Waits, and keeps the process alive, until the promise is settled or the timeout expires. */
function waitAtMost(millis: number, done: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, millis);
    void done.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Supervisors rarely wait longer than ten seconds, and users at a keyboard hardly one. */
const SIGNAL_FLUSH_MILLIS = { SIGTERM: 5_000, SIGINT: 2_000 };
/** A process that is still running after this time has survived the signal. */
const SURVIVAL_MILLIS = 500;
/** The program continues in an unknown state meanwhile. */
const EXCEPTION_FLUSH_MILLIS = 2_000;
