import { logUnsentItems } from './unsent-items.ts';

/**
 * A function that sends the remaining telemetry. It never rejects. `isRepeated` is true if it has run before and the
 * process is about to end again.
 */
type Flush = (isRepeated: boolean) => Promise<unknown>;

/**
 * Calls `flush` when the process is about to end: when nothing keeps it alive, on a signal, or on an uncaught
 * exception. The process then ends as it would without the library. Returns a function that removes the callback.
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
 * Listens for signals and uncaught exceptions, which prevents Node from ending the process. It therefore listens only
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
    // The event is emitted again when this work is done, and other listeners may have recorded more telemetry.
    void this.#flush(this.#hasFlushed);
    this.#hasFlushed = true;
  };

  readonly #onNewListener = (event: string | symbol, added: unknown) => {
    const listener = this.#listeners[event as string];
    if (listener === undefined || added === listener) return;
    // Only after the new listener has been added, because Node stops watching a signal without listeners.
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
    // In a container, signals without a listener do not end the first process.
    setTimeout(() => {
      if (watch === this) this.#start();
    }, SURVIVAL_MILLIS).unref();
  }

  async #endByException(error: unknown): Promise<void> {
    await waitAtMost(EXCEPTION_FLUSH_MILLIS, this.#flush(false));
    // Not within a promise, which would turn the exception into an unhandled rejection.
    setImmediate(() => {
      throw error;
    });
  }
}

/** Waits, keeping the process alive, until the promise settles or the timeout expires. */
function waitAtMost(millis: number, done: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, millis);
    void done.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * Time limits for a flush on a signal. Supervisors rarely wait longer than ten seconds, and users at a terminal hardly
 * longer than one.
 */
const SIGNAL_FLUSH_MILLIS = { SIGTERM: 5_000, SIGINT: 2_000 };
/** Time after which a process that is still running is considered to have survived the signal. */
const SURVIVAL_MILLIS = 500;
/** Time limit for a flush after an uncaught exception, during which the program continues in an unknown state. */
const EXCEPTION_FLUSH_MILLIS = 2_000;
