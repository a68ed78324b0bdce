import type { Admission } from '../admission.ts';
import type { Rejection } from './rejection.ts';
import type { PeerShare, RequestSource } from './request-source.ts';

/** What a request asks of the set that it belongs to. */
export interface IncomingSet {
  nowMillis(): number;
  /** Reserves memory for a request; `false` when there is none. */
  reserve(request: IncomingRequest, moreBytes: number): boolean;
  /** Returns how large the memory for a body of `neededBytes` so far should be. */
  capacityFor(request: IncomingRequest, neededBytes: number): number;
  /** Bytes have arrived for which memory had been reserved. */
  arrived(bytes: number): void;
  remove(request: IncomingRequest): void;
}

/** How a request whose body is still arriving is set up. */
export interface IncomingOptions {
  readonly source: RequestSource;
  /** The length that the client announced, if it did. */
  readonly announcedBytes: number | undefined;
  readonly maxBytes: number;
  /** The body must have arrived after this. Default: the server has a timeout of its own. */
  readonly timeoutMillis?: number;
  /** Whether the server does not read from the client at the moment, so that its rate says nothing. */
  readonly isPaused?: () => boolean;
  /** Ends the request, and releases its memory: it is needed for others, or the body arrives too slowly. */
  readonly end: (rejection: Rejection) => void;
}

/** A request whose body is still arriving: its memory and its progress. */
export class IncomingRequest {
  readonly options: IncomingOptions;
  readonly share: PeerShare;
  readonly beganMillis: number;
  /** Since when it is read from. */
  readMillis: number;
  receivedBytes = 0;
  /** Reserved for the body, without what the request itself costs. */
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

  /** Reserves memory for a body of `neededBytes` so far; returns how much that is, or `undefined` when there is none. */
  makeCapacity(neededBytes: number): number | undefined {
    const capacity = this.#set.capacityFor(this, neededBytes);
    if (this.#set.reserve(this, capacity - this.reservedBytes)) return this.reservedBytes;
    return this.reserve(neededBytes) ? this.reservedBytes : undefined;
  }

  /** Reserves exactly `neededBytes` in all. */
  reserve(neededBytes: number): boolean {
    return neededBytes <= this.reservedBytes || this.#set.reserve(this, neededBytes - this.reservedBytes);
  }

  /** Counts bytes that have arrived, for which memory has been reserved. */
  received(bytes: number): void {
    const nowMillis = this.#set.nowMillis();
    this.receivedBytes += bytes;
    this.#set.arrived(bytes);
    this.#recentBytes = this.#recentAt(nowMillis) + bytes;
    this.#recentMillis = nowMillis;
  }

  /** Returns how fast the body has arrived lately, in bytes per second. */
  rate(nowMillis: number): number {
    const seconds = (nowMillis - this.beganMillis) / 1000;
    if (seconds < HALF_LIFE_SECONDS) return this.receivedBytes / Math.max(seconds, 0.001);
    return (this.#recentAt(nowMillis) * Math.LN2) / HALF_LIFE_SECONDS;
  }

  /** Takes more of the budget for this request; used by its set. */
  grow(bytes: number): boolean {
    return this.#admission.grow(bytes);
  }

  /** Ends the wait for the body; the caller releases the memory. Safe after every other call. */
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

/** After this time, bytes that have arrived count half for the rate. */
const HALF_LIFE_SECONDS = 5;
