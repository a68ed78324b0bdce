import { totalmem } from 'node:os';
import type { Admission } from '@otelier/transport';
import type { Refusal } from './component/contract.ts';
import { formatByteSize } from './component/units.ts';

/**
 * The budget of bytes in flight in this process: requests being read and decoded, batches in queues, batches being
 * put together. Whoever holds telemetry holds an `Admission` for it. Beyond the budget the answer is an honest `retry`
 * at once, before anything is decoded.
 */
export interface Admissions {
  /** Bytes held now. */
  readonly inFlightBytes: number;
  readonly limitBytes: number;
  /** How often `admit` or `grow` said no. */
  readonly refusedRequests: number;
  /** Reserves memory, or says why not: `retry` when others hold too much, `refused` when it can never fit. */
  admit(sizeBytes: number): Admission | Refusal;
}

/** Makes a budget of `limitBytes`. */
export function createAdmissions(limitBytes: number = defaultMemoryLimit()): Admissions {
  return new Budget(limitBytes);
}

/** A quarter of the memory that this process may use (container limit included), at most 256 MiB. */
export function defaultMemoryLimit(): number {
  const constrained = process.constrainedMemory();
  const total = totalmem();
  // Node answers 0 without a limit, and a number near 2^63 where a cgroup has none.
  const available = constrained > 0 && constrained < total ? constrained : total;
  return Math.min(Math.floor(available / 4), 256 * 2 ** 20);
}

/** How long a refused sender shall wait; long enough to drain a queue's head, short enough to lose no time. */
const RETRY_AFTER_MILLIS = 1000;

class Budget implements Admissions {
  readonly limitBytes: number;
  inFlightBytes = 0;
  refusedRequests = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  admit(sizeBytes: number): Admission | Refusal {
    if (this.take(sizeBytes)) return new Held(this, sizeBytes);
    const limit = formatByteSize(this.limitBytes);
    if (sizeBytes > this.limitBytes) {
      return {
        kind: 'refused',
        reason: `the request needs ${formatByteSize(sizeBytes)} of memory, and all telemetry in flight may have ${limit} together`,
      };
    }
    return {
      kind: 'retry',
      afterMillis: RETRY_AFTER_MILLIS,
      reason: `telemetry in flight holds ${formatByteSize(this.inFlightBytes)} of its ${limit} of memory`,
    };
  }

  take(bytes: number): boolean {
    if (this.inFlightBytes + bytes > this.limitBytes) {
      this.refusedRequests += 1;
      return false;
    }
    this.inFlightBytes += bytes;
    return true;
  }
}

class Held implements Admission {
  readonly #budget: Budget;
  #bytes: number;

  constructor(budget: Budget, bytes: number) {
    this.#budget = budget;
    this.#bytes = bytes;
  }

  grow(moreBytes: number): boolean {
    if (!this.#budget.take(moreBytes)) return false;
    this.#bytes += moreBytes;
    return true;
  }

  release(): void {
    this.#budget.inFlightBytes -= this.#bytes;
    this.#bytes = 0;
  }
}
