import type { Clock } from '@otelier/transport';
import { Decision, type Policy } from '../policy.ts';
import type { TraceView } from '../trace-view.ts';

/** Returns a policy that samples traces up to a rate of spans. */
export function rateLimiting(spansPerSecond: number, burstCapacity: number, clock: Clock): Policy {
  return limiting(spansPerSecond, burstCapacity, clock, (trace) => trace.spanCount);
}

/** Returns a policy that samples traces up to a rate of encoded bytes. */
export function bytesLimiting(bytesPerSecond: number, burstCapacity: number, clock: Clock): Policy {
  return limiting(bytesPerSecond, burstCapacity, clock, (trace) => trace.encodedSizeBytes(true));
}

function limiting(rate: number, burst: number, clock: Clock, costOf: (trace: TraceView) => number): Policy {
  const bucket = new TokenBucket(rate, burst, clock);
  return {
    isStateful: true,
    evaluate: (trace) => (bucket.take(costOf(trace)) ? Decision.sampled : Decision.notSampled),
  };
}

/** A token bucket that refills continuously and is initially full. */
class TokenBucket {
  readonly #rate: number;
  readonly #burst: number;
  readonly #clock: Clock;
  #tokens: number;
  #lastMillis: number;

  constructor(ratePerSecond: number, burst: number, clock: Clock) {
    this.#rate = Math.max(0, ratePerSecond);
    this.#burst = burst;
    this.#clock = clock;
    this.#tokens = burst;
    this.#lastMillis = clock.monotonic();
  }

  take(cost: number): boolean {
    const now = this.#clock.monotonic();
    const refilled = this.#tokens + ((now - this.#lastMillis) / 1000) * this.#rate;
    const tokens = Math.min(refilled, this.#burst) - cost;
    if (cost > this.#burst || tokens < 0) return false;
    this.#tokens = tokens;
    this.#lastMillis = now;
    return true;
  }
}
