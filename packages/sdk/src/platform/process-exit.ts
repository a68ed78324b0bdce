import { sayWhatIsLeft } from './left-over.ts';

/** Sends what is left; never rejects. `isAgain`: it has done so, and the process is still about to end. */
type Flush = (isAgain: boolean) => Promise<unknown>;

/**
 * Calls `flush` when the process is about to end: when nothing keeps it alive any more, when it is asked to end by a signal, and when an
 * exception was not caught. How it ends stays as it would be without the library. The result takes that back.
 */
export function onProcessExit(flush: Flush): () => void {
  flushes.add(flush);
  watch ??= new ExitWatch((isAgain) => Promise.all([...flushes].map((each) => each(isAgain))));
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
 * Node ends a process by a signal or an exception unless somebody listens. So this listens only until somebody else does, who then cannot
 * tell it from its absence, whatever they make of the number of listeners; and what it has heard, it brings about itself once it has flushed.
 */
class ExitWatch {
  readonly #flush: Flush;
  readonly #listeners: Readonly<Record<string, (cause: unknown) => void>>;
  #hasFlushed = false;

  constructor(flush: Flush) {
    this.#flush = flush;
    this.#listeners = {
      SIGTERM: () => this.#hear('SIGTERM', () => this.#endBySignal('SIGTERM')),
      SIGINT: () => this.#hear('SIGINT', () => this.#endBySignal('SIGINT')),
      uncaughtException: (error) => this.#hear('uncaughtException', () => this.#endByException(error)),
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
    // The event comes again when what was done in it has ended, and others may do more in it, that is to be sent, too.
    void this.#flush(this.#hasFlushed);
    this.#hasFlushed = true;
  };

  readonly #onNewListener = (event: string | symbol, added: unknown) => {
    const listener = this.#listeners[event as string];
    if (listener === undefined || added === listener) return;
    // Once the new one is there: Node stops watching a signal to which nobody listens.
    queueMicrotask(() => {
      if (process.listenerCount(event) > 1) process.off(event, listener);
    });
  };

  #hear(event: string, end: () => Promise<void>): void {
    // Somebody else has begun to listen just now.
    if (process.listenerCount(event) > 1) return;
    // A second signal or exception ends the process at once.
    this.stop();
    void end();
  }

  async #endBySignal(signal: 'SIGTERM' | 'SIGINT'): Promise<void> {
    await atMost(SIGNAL_FLUSH_MILLIS[signal], this.#flush(false));
    sayWhatIsLeft();
    process.kill(process.pid, signal);
    // Signals that nobody listens to do not end the first process of a container.
    setTimeout(() => {
      if (watch === this) this.#start();
    }, SURVIVAL_MILLIS).unref();
  }

  async #endByException(error: unknown): Promise<void> {
    await atMost(EXCEPTION_FLUSH_MILLIS, this.#flush(false));
    // Not from a promise, which would make it another kind of error.
    setImmediate(() => {
      throw error;
    });
  }
}

/** Waits, and keeps the process alive, until it is done or the time is over. */
function atMost(millis: number, done: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, millis);
    void done.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Whoever stops processes seldom waits for longer than ten seconds, and whoever is at the keyboard for hardly one. */
const SIGNAL_FLUSH_MILLIS = { SIGTERM: 5_000, SIGINT: 2_000 };
/** A process that lives so long after a signal survives it. */
const SURVIVAL_MILLIS = 500;
/** The program goes on meanwhile, with whatever has gone wrong. */
const EXCEPTION_FLUSH_MILLIS = 2_000;
