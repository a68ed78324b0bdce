import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The longest time for which the event loop was blocked. */
export interface LongestBlock {
  /** Wall-clock time, which includes other programs on the same cores. */
  readonly wallMillis: number;
  /** CPU time of this thread, which excludes other programs. */
  readonly ownMillis: number;
}

const RESOLUTION_MILLIS = 2;

/** Monitors this thread's event loop. */
export class BlockWatch {
  readonly #delays = monitorEventLoopDelay({ resolution: RESOLUTION_MILLIS });
  #before = process.threadCpuUsage();
  #ownMicros = 0;

  constructor() {
    this.#delays.enable();
    setInterval(() => {
      const { user, system } = process.threadCpuUsage(this.#before);
      this.#before = process.threadCpuUsage();
      // A due timer fires once per event loop iteration.
      this.#ownMicros = Math.max(this.#ownMicros, user + system);
    }, RESOLUTION_MILLIS);
  }

  /** Returns the longest block so far. */
  longest(): LongestBlock {
    return { wallMillis: this.#delays.max / 1e6, ownMillis: this.#ownMicros / 1000 };
  }
}
