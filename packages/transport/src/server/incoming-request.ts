import type { Admission } from '../admission.ts';
import type { Rejection } from './rejection.ts';
import type { PeerShare, RequestSource } from './request-source.ts';

/** The set of incomplete requests, as one of them uses it. */
export interface IncomingSet {
  nowMillis(): number;
  /** Reserves memory for a request; `false` when none is available. */
  reserve(request: IncomingRequest, moreBytes: number): boolean;
  /** Returns the capacity to reserve for a body of `neededBytes` so far. */
  capacityFor(request: IncomingRequest, neededBytes: number): number;
  /** Counts received bytes for which memory was reserved. */
  arrived(bytes: number): void;
  remove(request: IncomingRequest): void;
}

/** Options of a request whose body is still arriving. */
export interface IncomingOptions {
  readonly source: RequestSource;
  /** Length that the client announced, if any. */
  readonly announcedBytes: number | undefined;
  readonly maxBytes: number;
  /** Time within which the body must arrive. Default: the server applies its own timeout. */
  readonly timeoutMillis?: number;
  /** Whether the server has paused reading from the client, so that the rate of the body is meaningless. */
  readonly isPaused?: () => boolean;
  /** Ends the request and releases its memory, because others need the memory or the body arrives too slowly. */
  readonly end: (rejection: Rejection) => void;
}

/** A request whose body is still arriving: its memory and its progress. */
export class IncomingRequest {
  readonly options: IncomingOptions;
  readonly share: PeerShare;
  readonly beganMillis: number;
  /** Time since which the server has been reading it. */
  readMillis: number;
  receivedBytes = 0;
  /** Bytes reserved for the body, without the cost of the request itself. */
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
   * Reserves memory for a body of `neededBytes` so far. Returns the reserved size, or `undefined` when none is
   * available.
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

  /** Returns the recent rate of the body, in bytes per second. */
  rate(nowMillis: number): number {
    const seconds = (nowMillis - this.beganMillis) / 1000;
    if (seconds < HALF_LIFE_SECONDS) return this.receivedBytes / Math.max(seconds, 0.001);
    return (this.#recentAt(nowMillis) * Math.LN2) / HALF_LIFE_SECONDS;
  }

  /** Reserves more of the budget for this request. Called by the set of requests that owns it. */
  grow(bytes: number): boolean {
    return this.#admission.grow(bytes);
  }

  /** Stops tracking the body; the caller releases the memory. Idempotent. */
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

/** Time after which received bytes count half in the rate. */
const HALF_LIFE_SECONDS = 5;
