import type { FrameTarget } from '../../http2/frame-writer.ts';

/** Collects frames for a single write. Holds no memory between writes, so idle connections are free. */
export class Outbox implements FrameTarget {
  bytes: Uint8Array = EMPTY;
  #length = 0;
  /** Size of the last write, used as the initial capacity of the next. */
  #usualBytes = MIN_BYTES;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  reserve(sizeBytes: number): number {
    const at = this.#length;
    this.#length = at + sizeBytes;
    if (this.#length > this.bytes.length) this.#grow(at);
    return at;
  }

  /** Returns all collected frames for a write. Their memory is not reused. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.#length);
    this.#usualBytes = Math.min(MAX_USUAL_BYTES, Math.max(MIN_BYTES, this.#length));
    this.bytes = EMPTY;
    this.#length = 0;
    return taken;
  }

  #grow(filled: number): void {
    const grown = Buffer.allocUnsafe(Math.max(this.#usualBytes, this.#length, filled * 2));
    grown.set(this.bytes.subarray(0, filled));
    this.bytes = grown;
  }
}

const EMPTY = new Uint8Array(0);
const MIN_BYTES = 128;
const MAX_USUAL_BYTES = 2048;
