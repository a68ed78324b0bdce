import type { Clock } from '../clock.ts';
import { TokenBucket } from './token-bucket.ts';

/** Rate limit of a client. */
export interface PaceOptions {
  readonly bytesPerSecond: number;
  /** Number of bytes that may be sent at once after a pause. They should fit into the buffers along the path. */
  readonly burstBytes: number;
}

/**
 * Spreads datagrams over time. After each burst, waits for an event loop turn even if the rate allows more: sends
 * complete synchronously, so a program that always has data to send would never read.
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

  /** Takes `bytes` from the rate limit if they are available now. */
  tryTake(bytes: number): boolean {
    if (this.#bytesThisTurn >= this.#burstBytes || !this.#bucket.take(bytes, this.#clock.monotonic())) return false;
    this.#bytesThisTurn += bytes;
    return true;
  }

  /** Resolves when the rate limit may allow more, or when `abort` fires. */
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
