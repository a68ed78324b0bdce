import type { Admission } from '../admission.ts';
import type { Rejection } from './rejection.ts';
import type { PeerShare, RequestSource } from './request-source.ts';

/** The set of incomplete requests, as used by an individual request. */
export interface IncomingSet {
  nowMillis(): number;
  /** Reserves memory for a request. Returns `false` if none is available. */
  reserve(request: IncomingRequest, moreBytes: number): boolean;
  /** Returns the capacity to reserve for a body that has reached `neededBytes`. */
  capacityFor(request: IncomingRequest, neededBytes: number): number;
  /** Counts received bytes for which memory was reserved. */
  arrived(bytes: number): void;
  remove(request: IncomingRequest): void;
}

/** Options for a request whose body is still being received. */
export interface IncomingOptions {
  readonly source: RequestSource;
  /** Content length announced by the client, if any. */
  readonly announcedBytes: number | undefined;
  readonly maxBytes: number;
  /** Time within which the body must arrive. By default, the server applies its own timeout. */
  readonly timeoutMillis?: number;
  /** Whether the server has paused reading from the client, which makes the body's data rate meaningless. */
  readonly isPaused?: () => boolean;
  /** Ends the request and releases its memory, because other requests need it or the body arrives too slowly. */
  readonly end: (rejection: Rejection) => void;
}

/** A request whose body is still being received: its memory and its progress. */
export class IncomingRequest {
  readonly options: IncomingOptions;
  readonly share: PeerShare;
  readonly beganMillis: number;
  /** Time at which the server started reading the body. */
  readMillis: number;
  receivedBytes = 0;
  /** Bytes reserved for the body, excluding the overhead of the request itself. */
  reservedBytes = 0;
  readonly #set: IncomingSet;
  readonly #admission: Admission;
  #recentBytes = 0;
  #recentMillis: number;
  #isOver = false;

  constructor(options: IncomingOptions, set: IncomingSet, admission: Admission, share: PeerShare) {
    this.options = options;
    this.share = share;
    this.#set = set;
    this.#admission = admission;
    this.beganMillis = set.nowMillis();
    this.readMillis = this.beganMillis;
    this.#recentMillis = this.beganMillis;
  }

  /**
   * Reserves memory for a body that has reached `neededBytes`. Returns the reserved size, or `undefined` if no memory
   * is available.
   */
  ensureCapacity(neededBytes: number): number | undefined {
    const capacity = this.#set.capacityFor(this, neededBytes);
    if (this.#set.reserve(this, capacity - this.reservedBytes)) return this.reservedBytes;
    return this.reserve(neededBytes) ? this.reservedBytes : undefined;
  }

  /** Reserves exactly `neededBytes` in total. */
  reserve(neededBytes: number): boolean {
    return neededBytes <= this.reservedBytes || this.#set.reserve(this, neededBytes - this.reservedBytes);
  }

  /** Counts received bytes for which memory was reserved. */
  received(bytes: number): void {
    const nowMillis = this.#set.nowMillis();
    this.receivedBytes += bytes;
    this.#set.arrived(bytes);
    this.#recentBytes = this.#recentAt(nowMillis) + bytes;
    this.#recentMillis = nowMillis;
  }

  /** Returns the recent data rate of the body, in bytes per second. */
  rate(nowMillis: number): number {
    const seconds = (nowMillis - this.beganMillis) / 1000;
    if (seconds < HALF_LIFE_SECONDS) return this.receivedBytes / Math.max(seconds, 0.001);
    return (this.#recentAt(nowMillis) * Math.LN2) / HALF_LIFE_SECONDS;
  }

  /** Reserves more of the budget for this request. Called by the set that contains it. */
  grow(bytes: number): boolean {
    return this.#admission.grow(bytes);
  }

  /** Stops tracking the body. The caller then releases the memory. Idempotent. */
  complete(): Admission {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#set.remove(this);
    }
    return this.#admission;
  }

  #recentAt(nowMillis: number): number {
    if (nowMillis === this.#recentMillis) return this.#recentBytes;
    return this.#recentBytes * 2 ** ((this.#recentMillis - nowMillis) / 1000 / HALF_LIFE_SECONDS);
  }
}

/** Half-life of received bytes in the data rate. */
const HALF_LIFE_SECONDS = 5;
