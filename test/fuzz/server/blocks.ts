import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How long the event loop did nothing else, at the longest. */
export interface LongestBlock {
  /** By the clock: what others do on the same cores counts too. */
  readonly wallMillis: number;
  /** By the processor's time of this thread, so only what it did itself. */
  readonly ownMillis: number;
}

const RESOLUTION_MILLIS = 2;

/** Watches the event loop of this thread. */
export class BlockWatch {
  readonly #delays = monitorEventLoopDelay({ resolution: RESOLUTION_MILLIS });
  #before = process.threadCpuUsage();
  #ownMicros = 0;

  constructor() {
    this.#delays.enable();
    setInterval(() => {
      const { user, system } = process.threadCpuUsage(this.#before);
      this.#before = process.threadCpuUsage();
      // Between two turns of a timer that is due lies one turn of the loop.
      this.#ownMicros = Math.max(this.#ownMicros, user + system);
    }, RESOLUTION_MILLIS);
  }

  /** The longest so far. */
  longest(): LongestBlock {
    return { wallMillis: this.#delays.max / 1e6, ownMillis: this.#ownMicros / 1000 };
  }
}
