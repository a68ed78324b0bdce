import { totalmem } from 'node:os';
import type { Admission } from '@otelier/transport';
import { IncomingRequests } from '@otelier/transport/incoming-requests';
import type { Admissions, MemoryBudget, Rejection } from '../component/admissions.ts';
import { formatByteSize } from '../component/units.ts';

/**
 * Overhead of each byte array, in bytes: the array, its allocator metadata, and the request's objects. Without it, a
 * budget full of 100-byte requests would exceed its limit several times over.
 */
export const PART_BYTES = 768;

/**
 * Minimum memory per item, in bytes. Rewriting, splitting and partitioning a request of empty spans takes 31 to 38
 * bytes per span beyond the two bytes of the span itself, and printing them takes up to 83. Spans of ordinary size need
 * no more than their encoded size.
 */
export const ITEM_BYTES = 64;

/** A byte count that can be shared by several budgets, including those of other threads. */
export interface ByteCounter {
  readonly value: number;
  /** Adds `bytes` and returns the new total. */
  add(bytes: number): number;
}

/** A memory budget whose limit a reload changes. */
export interface ResizableBudget extends MemoryBudget {
  /** Changes the limit. Memory beyond a lower one stays in use until it is released. */
  resize(limitBytes: number): void;
}

/** Creates a budget of `limitBytes`. */
export function createAdmissions(
  limitBytes: number = defaultMemoryLimit(),
  inFlight: ByteCounter = new LocalCounter(),
): ResizableBudget {
  const receivers = new Budget(Math.floor(limitBytes * RECEIVER_SHARE), inFlight);
  return new WholeBudget(limitBytes, inFlight, receivers);
}

const RECEIVER_SHARE = 0.75;

/**
 * Returns a quarter of the memory available to this process (respecting the container limit), at most 192 MiB. The
 * process itself uses about 110 MiB, plus up to 100 MiB of uncollected garbage, so the total fits into 512 MB.
 */
export function defaultMemoryLimit(): number {
  const constrained = process.constrainedMemory();
  const total = totalmem();
  // Node returns 0 if there is no limit, and a number near 2^63 for a cgroup without one.
  const available = constrained > 0 && constrained < total ? constrained : total;
  return Math.min(Math.floor(available / 4), 192 * 2 ** 20);
}

/** Retry delay for rejected senders: long enough to drain the head of a queue. */
const RETRY_AFTER_MILLIS = 1000;

class LocalCounter implements ByteCounter {
  value = 0;

  add(bytes: number): number {
    this.value += bytes;
    return this.value;
  }
}

class Budget implements Admissions {
  limitBytes: number;
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

  admitItems(itemCount: number, sizeBytes: number, containerCount = 0): Admission | Rejection | undefined {
    const bytes = (itemCount + containerCount) * ITEM_BYTES;
    if (bytes <= sizeBytes) return undefined;
    if (bytes <= this.limitBytes) return this.admit(bytes - sizeBytes, 0);
    this.#refused += 1;
    const limit = Math.floor(this.limitBytes / ITEM_BYTES);
    const [what, got] =
      containerCount > itemCount
        ? ['items, resources, scopes and metrics', itemCount + containerCount]
        : ['items', itemCount];
    return {
      kind: 'refused',
      reason: `expected a request of at most ${limit} ${what}, which is what the memory for telemetry in flight allows, got ${got}`,
    };
  }

  take(bytes: number): boolean {
    // The bytes are added before the comparison, so that threads sharing the counter never exceed the limit together.
    if (this.#inFlight.add(bytes) <= this.limitBytes) return true;
    this.#inFlight.add(-bytes);
    this.#refused += 1;
    return false;
  }

  release(bytes: number): void {
    this.#inFlight.add(-bytes);
  }
}

class WholeBudget extends Budget implements ResizableBudget {
  readonly receivers: Budget;

  constructor(limitBytes: number, inFlight: ByteCounter, receivers: Budget) {
    super(limitBytes, inFlight);
    this.receivers = receivers;
  }

  resize(limitBytes: number): void {
    this.limitBytes = limitBytes;
    this.receivers.limitBytes = Math.floor(limitBytes * RECEIVER_SHARE);
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
