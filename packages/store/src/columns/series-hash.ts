/**
 * A 64-bit hash that identifies a series. It combines the hash of the resource, scope and metric with the hashes of all
 * attributes, independent of attribute order. It is unseeded, so that it is the same in every process and file.
 */
export class SeriesHash {
  #baseLow = 0;
  #baseHigh = 0;
  #low = 0;
  #high = 0;

  /** Starts a metric's points. */
  begin(...parts: readonly Uint8Array[]): void {
    this.#low = 0;
    this.#high = 0;
    let place = 1;
    for (const part of parts) {
      this.#add(new DataView(part.buffer, part.byteOffset, part.byteLength), 0, part.length, place++);
    }
    this.#baseLow = this.#low;
    this.#baseHigh = this.#high;
  }

  /** Continues with a metric's points, given the hash of the metric. */
  resume(low: number, high: number): void {
    this.#baseLow = low;
    this.#baseHigh = high;
    this.point();
  }

  /** Starts a point. */
  point(): void {
    this.#low = this.#baseLow;
    this.#high = this.#baseHigh;
  }

  /** Adds the attribute encoded in `[from, to)`. */
  attribute(view: DataView, from: number, to: number): void {
    this.#add(view, from, to, 0);
  }

  low(): number {
    return this.#low;
  }

  high(): number {
    return this.#high;
  }

  #add(view: DataView, from: number, to: number, seed: number): void {
    let a = 0x9e3779b1 ^ seed;
    let b = 0x85ebca6b ^ (to - from);
    let at = from;
    for (; at + 4 <= to; at += 4) {
      const word = view.getInt32(at, true);
      a = Math.imul(a ^ word, 0xcc9e2d51);
      a ^= a >>> 15;
      b = Math.imul(b ^ word, 0x1b873593);
      b ^= b >>> 13;
    }
    for (; at < to; at++) {
      const byte = view.getUint8(at);
      a = Math.imul(a ^ byte, 0xcc9e2d51);
      a ^= a >>> 15;
      b = Math.imul(b ^ byte, 0x1b873593);
      b ^= b >>> 13;
    }
    a = Math.imul(a ^ (b >>> 16), 0xc2b2ae35);
    b = Math.imul(b ^ (a >>> 13), 0x27d4eb2f);
    this.#low = (this.#low + (a ^ (a >>> 16))) | 0;
    this.#high = (this.#high + (b ^ (b >>> 15))) | 0;
  }
}
