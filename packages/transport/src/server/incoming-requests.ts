import type { Admission, AdmissionRejection, Admit } from '../admission.ts';
import { type Clock, systemClock } from '../clock.ts';
import { type IncomingOptions, IncomingRequest, type IncomingSet } from './incoming-request.ts';
import { type Rejection, rejection } from './rejection.ts';
import { LOCAL, type PeerShare, PeerShares, peerKey, type RequestSource } from './request-source.ts';

/** The memory budget that incoming requests share with the other telemetry of the process. */
export interface SharedMemory {
  readonly limitBytes: number;
  readonly inFlightBytes: number;
}

/**
 * The incomplete requests of all servers that share a memory budget. Memory is reserved as a body arrives, not when its
 * length is announced:
 *
 * - Memory reserved ahead of the received bytes, so that a large body is copied only once, is limited to a part of the
 *   budget.
 * - When the budget is exhausted, the slowest requests are ended to make space for faster and for complete ones.
 * - Each connection and each remote address gets at most half of the budget for incomplete requests. While the budget
 *   is exhausted, the requests of an address with more than a quarter of it are ended to make space for others.
 * - A body that arrives too slowly is ended.
 */
export class IncomingRequests implements IncomingSet {
  readonly #memory: SharedMemory;
  readonly #clock: Clock;
  readonly #requests = new Set<IncomingRequest>();
  readonly #peers = new PeerShares();
  /** Number of reserved bytes that have not arrived yet. */
  #advanceBytes = 0;
  #nextScanMillis = Number.NEGATIVE_INFINITY;
  #cancelSweep: (() => void) | undefined;

  /** Without `memory`, the budget is unlimited. */
  constructor(memory: SharedMemory = UNLIMITED, clock: Clock = UNREFERENCED_CLOCK) {
    this.#memory = memory;
    this.#clock = clock;
  }

  /** Number of requests whose bodies are being received. */
  get count(): number {
    return this.#requests.size;
  }

  nowMillis(): number {
    return this.#clock.monotonic();
  }

  /** Reserves memory for a complete request. */
  admit(admit: Admit, sizeBytes: number, source: RequestSource): Admission | AdmissionRejection {
    const admission = admit(sizeBytes);
    if (!('kind' in admission) || admission.kind !== 'retry') return admission;
    return this.#makeSpace(sizeBytes, source) ? admit(sizeBytes) : admission;
  }

  /** Starts a request whose body has not arrived, and reserves memory for the request itself. */
  begin(admit: Admit, options: IncomingOptions): IncomingRequest | AdmissionRejection {
    const { announcedBytes = 0, source } = options;
    // The handler gives the best reason why a request can never fit.
    const first = announcedBytes > this.#memory.limitBytes ? admit(announcedBytes) : this.admit(admit, 0, source);
    if ('kind' in first) return first;
    const request = new IncomingRequest(options, this, first, this.#peers.enter(source.address));
    this.#requests.add(request);
    this.#sweepLater();
    return request;
  }

  capacityFor({ options, reservedBytes, receivedBytes }: IncomingRequest, neededBytes: number): number {
    const { announcedBytes, maxBytes } = options;
    if (announcedBytes !== undefined) {
      const { limitBytes, inFlightBytes } = this.#memory;
      const advanceBytes = this.#advanceBytes - (reservedBytes - receivedBytes) + announcedBytes - neededBytes;
      const isPlenty = announcedBytes <= (limitBytes - inFlightBytes) / 8;
      if (isPlenty && advanceBytes <= Math.min(limitBytes / 4, MAX_ADVANCE_BYTES)) return announcedBytes;
    }
    return Math.min(announcedBytes ?? maxBytes, Math.max(neededBytes * 2, MIN_CAPACITY_BYTES));
  }

  reserve(request: IncomingRequest, moreBytes: number): boolean {
    const { source } = request.options;
    const { share } = request;
    const max = this.#memory.limitBytes / 2;
    if (source.incompleteBytes + moreBytes > max) return false;
    if (share.key !== LOCAL && share.bytes + moreBytes > max) return false;
    if (!request.grow(moreBytes)) {
      if (!this.#makeSpace(moreBytes, source, request) || !request.grow(moreBytes)) return false;
    }
    request.reservedBytes += moreBytes;
    this.#advanceBytes += moreBytes;
    source.incompleteBytes += moreBytes;
    share.bytes += moreBytes;
    return true;
  }

  arrived(bytes: number): void {
    this.#advanceBytes -= bytes;
  }

  remove(request: IncomingRequest): void {
    this.#requests.delete(request);
    this.#advanceBytes -= request.reservedBytes - request.receivedBytes;
    request.options.source.incompleteBytes -= request.reservedBytes;
    request.share.bytes -= request.reservedBytes;
    this.#peers.leave(request.share);
    if (this.#requests.size > 0) return;
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
  }

  /** Ends slow requests until `neededBytes` are free. Returns `false` if none was ended. */
  #makeSpace(neededBytes: number, source: RequestSource, request?: IncomingRequest): boolean {
    const nowMillis = this.#clock.monotonic();
    if (nowMillis < this.#nextScanMillis) return false;
    const { limitBytes } = this.#memory;
    // Frees more than needed, so that the next request does not have to search again.
    const targetBytes = Math.max(neededBytes, Number.isFinite(limitBytes) ? limitBytes / 32 : 0);
    const isOld = request !== undefined && nowMillis - request.beganMillis >= YOUNG_MILLIS;
    const rate = isOld ? Math.min(KEPT_BYTES_PER_SECOND, request.rate(nowMillis)) : KEPT_BYTES_PER_SECOND;
    let freed = this.#endSlowest(targetBytes, nowMillis, (other) => other !== request && other.rate(nowMillis) < rate);
    if (freed < neededBytes) {
      const largest = this.#peers.largest();
      if (largest !== undefined && largest.bytes > limitBytes / 4 && !isOf(largest, source, request)) {
        freed += this.#endSlowest(neededBytes - freed, nowMillis, ({ share }) => share === largest);
      }
    }
    if (freed === 0) this.#nextScanMillis = nowMillis + SCAN_MILLIS;
    return freed > 0;
  }

  #endSlowest(targetBytes: number, nowMillis: number, isCandidate: (request: IncomingRequest) => boolean): number {
    const candidates = [...this.#requests]
      .filter((request) => nowMillis - request.beganMillis >= YOUNG_MILLIS && isCandidate(request))
      .map((request) => ({ request, rate: request.rate(nowMillis) }))
      .sort((a, b) => a.rate - b.rate);
    let freed = 0;
    for (const { request } of candidates) {
      if (freed >= targetBytes) break;
      freed += request.reservedBytes + REQUEST_BYTES;
      end(request, DISPLACED);
    }
    return freed;
  }

  #sweepLater(): void {
    this.#cancelSweep ??= this.#clock.setTimeout(() => {
      this.#cancelSweep = undefined;
      this.#sweep(this.#clock.monotonic());
      if (this.#requests.size > 0) this.#sweepLater();
    }, SWEEP_MILLIS);
  }

  #sweep(nowMillis: number): void {
    for (const request of this.#requests) {
      const ageMillis = nowMillis - request.beganMillis;
      const { timeoutMillis = Number.POSITIVE_INFINITY, isPaused } = request.options;
      if (isPaused?.() === true) request.readMillis = nowMillis;
      if (ageMillis >= timeoutMillis) end(request, timedOut(timeoutMillis));
      else if (isSlow(request, nowMillis)) end(request, SLOW);
    }
  }
}

function end(request: IncomingRequest, rejection: Rejection): void {
  request.complete();
  request.options.end(rejection);
}

function isSlow(request: IncomingRequest, nowMillis: number): boolean {
  return nowMillis - request.readMillis >= SLOW_MILLIS && request.rate(nowMillis) < MIN_BYTES_PER_SECOND;
}

function isOf(share: PeerShare, source: RequestSource, request: IncomingRequest | undefined): boolean {
  return share === request?.share || share.key === peerKey(source.address);
}

const DISPLACED = rejection('busy', 'the memory of this slow request is needed for others', 1000);

function timedOut(timeoutMillis: number): Rejection {
  return rejection('timed_out', `body: expected all of it within ${timeoutMillis} ms, got a part`);
}

/** Age below which a request has no meaningful data rate. */
const YOUNG_MILLIS = 250;
/** Data rate above which requests are never ended to make space. */
const KEPT_BYTES_PER_SECOND = 32 * 1024;
/** The same rate as Kestrel's `MinRequestBodyDataRate`, with twice its grace period. */
const MIN_BYTES_PER_SECOND = 240;
const SLOW_MILLIS = 10_000;
const SLOW = rejection('timed_out', `expected a body at ${MIN_BYTES_PER_SECOND} bytes per second or more`);
const SWEEP_MILLIS = 1000;
/** Minimum interval between unsuccessful searches. */
const SCAN_MILLIS = 20;
/** Memory of an incomplete request in addition to its body. */
const REQUEST_BYTES = 768;
/** Minimum memory reserved for a body that has only started to arrive. */
const MIN_CAPACITY_BYTES = 4096;
const MAX_ADVANCE_BYTES = 64 * 2 ** 20;

const UNLIMITED: SharedMemory = { limitBytes: Number.POSITIVE_INFINITY, inFlightBytes: 0 };

/** A clock whose timers do not keep the process alive. */
const UNREFERENCED_CLOCK: Clock = {
  ...systemClock,
  setTimeout(fn, millis) {
    const timer = setTimeout(fn, millis).unref();
    return () => clearTimeout(timer);
  },
};
