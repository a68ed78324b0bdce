import { crc32 } from 'node:zlib';

/** Number of requests that are remembered. */
const REMEMBERED = 64;
/** How long a request is remembered. SDKs give up after ten seconds by default, and exporters of Collectors after minutes. */
const MAX_AGE_MILLIS = 300_000;
/** Bytes at the start and at the end of a request that identify it, with its length. They contain times or IDs of items. */
const COMPARED_BYTES = 1024;
/** Requests of a sender per second beyond which further ones are not remembered. */
const MAX_PER_SECOND = 50;

/** Recognizes requests that a sender repeats, by length and checksum. */
export class RecentRequests {
  readonly #checksums = new Uint32Array(REMEMBERED);
  readonly #lengths = new Uint32Array(REMEMBERED);
  readonly #times = new Float64Array(REMEMBERED);
  readonly #failed = new Uint8Array(REMEMBERED);
  #next = 0;
  #second = 0;
  #inSecond = 0;

  /**
   * Remembers a request whose telemetry starts at `start`, after the resource. Returns its slot, or -1 if it is not
   * remembered, and sets `repeats`.
   */
  add(bytes: Uint8Array, start: number, nowMillis: number): number {
    this.repeats = 'none';
    const second = Math.floor(nowMillis / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#inSecond = 0;
    }
    this.#inSecond += 1;
    if (this.#inSecond > MAX_PER_SECOND) return -1;
    const { length } = bytes;
    const from = Math.min(start, length);
    const middle = Math.min(length, from + COMPARED_BYTES);
    const checksum = crc32(
      bytes.subarray(Math.max(middle, length - COMPARED_BYTES)),
      crc32(bytes.subarray(from, middle)),
    );
    for (let slot = 0; slot < REMEMBERED; slot++) {
      if (this.#checksums[slot] !== checksum || this.#lengths[slot] !== length) continue;
      if (nowMillis - (this.#times[slot] ?? 0) > MAX_AGE_MILLIS) continue;
      this.repeats = this.#failed[slot] === 1 ? 'failed' : 'accepted';
      this.#times[slot] = nowMillis;
      this.#failed[slot] = 0;
      return slot;
    }
    const slot = this.#next;
    this.#next = (slot + 1) % REMEMBERED;
    this.#checksums[slot] = checksum;
    this.#lengths[slot] = length;
    this.#times[slot] = nowMillis;
    this.#failed[slot] = 0;
    return slot;
  }

  /** What the request that was added last repeats: one that was accepted or is in flight, or one that failed. */
  repeats: 'none' | 'accepted' | 'failed' = 'none';

  /** Records that a request was not accepted. */
  fail(slot: number): void {
    if (slot >= 0) this.#failed[slot] = 1;
  }
}
