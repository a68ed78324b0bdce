import type { Clock } from '../clock.ts';
import { TokenBucket } from './token-bucket.ts';

/** Rate of a client. */
export interface PaceOptions {
  readonly bytesPerSecond: number;
  /** Bytes that may be sent at once after a pause; they should fit the buffers on the way. */
  readonly burstBytes: number;
}

/**
 * Spreads datagrams over time. After each burst it waits for a turn of the event loop, even if the rate allows more:
 * sends complete synchronously, and a program that always has data to send would never read.
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

  /** Takes `bytes` from the rate if available now. */
  tryTake(bytes: number): boolean {
    if (this.#bytesThisTurn >= this.#burstBytes || !this.#bucket.take(bytes, this.#clock.monotonic())) return false;
    this.#bytesThisTurn += bytes;
    return true;
  }

  /** Resolves when the rate may allow more, or `abort` fires. */
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
