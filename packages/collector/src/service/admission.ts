import { totalmem } from 'node:os';
import { type Admission, IncomingRequests } from '@otelier/transport';
import type { Admissions, MemoryBudget, Rejection } from '../component/admissions.ts';
import { formatByteSize } from '../component/units.ts';

/**
 * What each byte array costs beside its bytes: the array, its memory's bookkeeping, and the objects of the request that
 * it came with. Without it a budget full of requests of 100 bytes would be several times as large as it says.
 */
export const PART_BYTES = 768;

/**
 * What an item costs at least, whatever its bytes: rewriting, cutting and partitioning a request of empty spans takes 31
 * to 38 bytes a span beside the request's own two, printing them up to 83. Spans of ordinary size take no more than
 * their bytes.
 */
export const ITEM_BYTES = 64;

/** A number of bytes that several budgets, or the budgets of several threads, may share. */
export interface ByteCounter {
  readonly value: number;
  /** Adds, and answers with the sum. */
  add(bytes: number): number;
}

/** Makes a budget of `limitBytes`. */
export function createAdmissions(
  limitBytes: number = defaultMemoryLimit(),
  inFlight: ByteCounter = new LocalCounter(),
): MemoryBudget {
  const receivers = new Budget(Math.floor(limitBytes * RECEIVER_SHARE), inFlight);
  return new WholeBudget(limitBytes, inFlight, receivers);
}

const RECEIVER_SHARE = 0.75;

/**
 * A quarter of the memory that this process may use (container limit included), at most 192 MiB. The process takes
 * about 110 MiB for itself, and up to 100 MiB for what has been let go of and not yet been collected: 512 MB hold.
 */
export function defaultMemoryLimit(): number {
  const constrained = process.constrainedMemory();
  const total = totalmem();
  // Node answers 0 without a limit, and a number near 2^63 where a cgroup has none.
  const available = constrained > 0 && constrained < total ? constrained : total;
  return Math.min(Math.floor(available / 4), 192 * 2 ** 20);
}

/** How long a refused sender shall wait; long enough to drain a queue's head, short enough to lose no time. */
const RETRY_AFTER_MILLIS = 1000;

class LocalCounter implements ByteCounter {
  value = 0;

  add(bytes: number): number {
    this.value += bytes;
    return this.value;
  }
}

class Budget implements Admissions {
  readonly limitBytes: number;
  readonly incoming: IncomingRequests = new IncomingRequests(this);
  readonly #inFlight: ByteCounter;
  #refused = 0;

  constructor(limitBytes: number, inFlight: ByteCounter) {
    this.limitBytes = limitBytes;
    this.#inFlight = inFlight;
  }

  get inFlightBytes(): number {
    return this.#inFlight.value;
  }

  get refusedRequests(): number {
    return this.#refused;
  }

  admit(sizeBytes: number, parts = 1): Admission | Rejection {
    const bytes = sizeBytes + parts * PART_BYTES;
    if (this.take(bytes)) return new Held(this, bytes);
    const limit = formatByteSize(this.limitBytes);
    if (bytes > this.limitBytes) {
      return {
        kind: 'refused',
        reason: `the request needs ${formatByteSize(bytes)} of memory, and all telemetry in flight may have ${limit} together`,
      };
    }
    return {
      kind: 'retry',
      afterMillis: RETRY_AFTER_MILLIS,
      reason: `telemetry in flight holds ${formatByteSize(this.inFlightBytes)} of its ${limit} of memory`,
    };
  }

  admitItems(itemCount: number, sizeBytes: number): Admission | Rejection | undefined {
    const bytes = itemCount * ITEM_BYTES;
    if (bytes <= sizeBytes) return undefined;
    if (bytes <= this.limitBytes) return this.admit(bytes - sizeBytes, 0);
    this.#refused += 1;
    const limit = Math.floor(this.limitBytes / ITEM_BYTES);
    return {
      kind: 'refused',
      reason: `expected a request of at most ${limit} items, which is what the memory for telemetry in flight allows, got ${itemCount}`,
    };
  }

  take(bytes: number): boolean {
    // Added before it is compared: of two threads that share the counter, both may see it too full, never too empty.
    if (this.#inFlight.add(bytes) <= this.limitBytes) return true;
    this.#inFlight.add(-bytes);
    this.#refused += 1;
    return false;
  }

  release(bytes: number): void {
    this.#inFlight.add(-bytes);
  }
}

class WholeBudget extends Budget implements MemoryBudget {
  readonly receivers: Budget;

  constructor(limitBytes: number, inFlight: ByteCounter, receivers: Budget) {
    super(limitBytes, inFlight);
    this.receivers = receivers;
  }

  override get refusedRequests(): number {
    return super.refusedRequests + this.receivers.refusedRequests;
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

  shrink(lessBytes: number): void {
    this.#budget.release(lessBytes);
    this.#bytes -= lessBytes;
  }

  release(): void {
    this.#budget.release(this.#bytes);
    this.#bytes = 0;
  }
}
