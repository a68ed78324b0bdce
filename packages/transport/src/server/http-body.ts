import type { Admission } from '../contract.ts';
import { type Fault, NO_ROOM, tooLarge } from './fault.ts';

/** A body as it comes, in memory of its own: what is read from a socket is overwritten by the next read. */
export interface HttpBody {
  /** Takes `chunk[at, end)`; a fault when it cannot. */
  take(chunk: Buffer, at: number, end: number): Fault | undefined;
  /** The body; call once, at its end. */
  finish(): Uint8Array;
}

/** What is reserved for a body whose length is not known, before its first byte. */
export const UNKNOWN_LENGTH_BYTES = 16 * 1024;

/** Makes room for a body, for whose length (or `UNKNOWN_LENGTH_BYTES`) memory has been reserved. */
export function createBody(contentLength: number | undefined, maxBytes: number, admission: Admission): HttpBody {
  return contentLength === undefined ? new GrowingBody(maxBytes, admission) : new SizedBody(contentLength);
}

/** Of known length: copied once. */
class SizedBody implements HttpBody {
  readonly #bytes: Buffer;
  #length = 0;

  constructor(length: number) {
    this.#bytes = Buffer.allocUnsafeSlow(length);
  }

  take(chunk: Buffer, at: number, end: number): undefined {
    chunk.copy(this.#bytes, this.#length, at, end);
    this.#length += end - at;
  }

  finish(): Uint8Array {
    return this.#bytes;
  }
}

/** Of unknown length: it grows within its admission. */
class GrowingBody implements HttpBody {
  readonly #maxBytes: number;
  readonly #admission: Admission;
  #bytes: Buffer;
  #length = 0;

  constructor(maxBytes: number, admission: Admission) {
    this.#maxBytes = maxBytes;
    this.#admission = admission;
    this.#bytes = Buffer.allocUnsafeSlow(Math.min(UNKNOWN_LENGTH_BYTES, maxBytes));
  }

  take(chunk: Buffer, at: number, end: number): Fault | undefined {
    const length = this.#length + end - at;
    const problem = length > this.#bytes.length ? this.#grow(length) : undefined;
    if (problem !== undefined) return problem;
    chunk.copy(this.#bytes, this.#length, at, end);
    this.#length = length;
    return undefined;
  }

  finish(): Uint8Array {
    if (this.#length === this.#bytes.length) return this.#bytes;
    const own = Buffer.allocUnsafeSlow(this.#length);
    this.#bytes.copy(own, 0, 0, this.#length);
    return own;
  }

  #grow(needed: number): Fault | undefined {
    if (needed > this.#maxBytes) return tooLarge('a body', this.#maxBytes);
    const capacity = Math.min(Math.max(needed, this.#bytes.length * 2), this.#maxBytes);
    if (!this.#admission.grow(capacity - this.#bytes.length)) return NO_ROOM;
    const larger = Buffer.allocUnsafeSlow(capacity);
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
    return undefined;
  }
}
