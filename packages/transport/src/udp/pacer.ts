import type { Clock } from '../clock.ts';
import { TokenBucket } from './token-bucket.ts';

/** How fast a client sends. */
export interface PaceOptions {
  readonly bytesPerSecond: number;
  /** What may go out at once after a pause: it should fit the buffers on the way. */
  readonly burstBytes: number;
}

/**
 * Spreads datagrams in time. After each burst the event loop turns once, also where the rate would allow more: sending
 * ends at once, and a program that always has something to send would never read.
 */
export class Pacer {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  readonly #burstBytes: number;
  #bytesThisTurn = 0;

  constructor({ bytesPerSecond, burstBytes }: PaceOptions, clock: Clock) {
    this.#clock = clock;
    this.#bucket = new TokenBucket(bytesPerSecond, burstBytes, clock.monotonic());
    this.#burstBytes = burstBytes;
  }

  /** Takes `bytes` off the rate if there is room now. */
  mayGo(bytes: number): boolean {
    if (this.#bytesThisTurn >= this.#burstBytes || !this.#bucket.take(bytes, this.#clock.monotonic())) return false;
    this.#bytesThisTurn += bytes;
    return true;
  }

  /** Resolves when there may be room again, or `abort` fires. */
  async wait(abort: AbortSignal | undefined): Promise<void> {
    this.#bytesThisTurn = 0;
    const { waitMillis } = this.#bucket;
    if (waitMillis === 0) await new Promise((resolve) => setImmediate(resolve));
    else await this.#pause(waitMillis, abort);
  }

  #pause(millis: number, abort: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        abort?.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#clock.setTimeout(done, millis);
      abort?.addEventListener('abort', done);
    });
  }
}
