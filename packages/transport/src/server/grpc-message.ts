import { type Fault, fault, tooLarge } from './fault.ts';

/** Bytes in front of a message: one that says whether it is compressed, four for its length. */
const PREFIX_BYTES = 5;
const NOTHING = new Uint8Array(0);

/**
 * Puts the one message of a unary call together from pieces. Its length comes first, so the pieces are copied straight
 * into memory that the message owns; that memory is taken once `reserve` has agreed. Used again for the next call.
 */
export class MessageReader {
  /** The message is compressed, as `grpc-encoding` says. */
  isCompressed = false;
  /** The message, whole once `end` has found no fault. */
  body: Uint8Array = NOTHING;
  readonly #maxBytes: number;
  readonly #reserve: (sizeBytes: number) => Fault | undefined;
  #prefixBytes = 0;
  #length = 0;
  #filled = 0;

  constructor(maxBytes: number, reserve: (sizeBytes: number) => Fault | undefined) {
    this.#maxBytes = maxBytes;
    this.#reserve = reserve;
  }

  /** Forgets the last message, whose memory belongs to others. */
  reset(): void {
    this.isCompressed = false;
    this.body = NOTHING;
    this.#prefixBytes = 0;
    this.#length = 0;
    this.#filled = 0;
  }

  /** Bytes still to come. */
  get wantedBytes(): number {
    return this.#prefixBytes < PREFIX_BYTES ? PREFIX_BYTES - this.#prefixBytes : this.#length - this.#filled;
  }

  /** Takes the next piece, `chunk` from `from` to `end`; a fault ends the call. */
  push(chunk: Uint8Array, from: number, end: number): Fault | undefined {
    let at = from;
    for (; this.#prefixBytes < PREFIX_BYTES; at++) {
      if (at === end) return undefined;
      const problem = this.#readPrefix(chunk[at]);
      if (problem !== undefined) return problem;
    }
    const more = end - at;
    if (more === 0) return undefined;
    if (more > this.#length - this.#filled) {
      return fault('malformed', `expected one message of ${this.#length} bytes, got more`);
    }
    this.body.set(chunk.subarray(at, end), this.#filled);
    this.#filled += more;
    return undefined;
  }

  /** To be called when the client has sent all; a fault when that was no message or a part of one. */
  end(): Fault | undefined {
    if (this.#prefixBytes < PREFIX_BYTES) {
      return fault('malformed', `expected one message, got ${this.#prefixBytes} bytes without any`);
    }
    if (this.#filled < this.#length) {
      return fault('malformed', `expected a message of ${this.#length} bytes, got ${this.#filled}`);
    }
    return undefined;
  }

  #readPrefix(byte: number): Fault | undefined {
    if (this.#prefixBytes === 0) {
      if (byte > 1) return fault('malformed', `expected a message that begins with 0 or 1, got ${byte}`);
      this.isCompressed = byte === 1;
    } else this.#length = this.#length * 256 + byte;
    this.#prefixBytes += 1;
    return this.#prefixBytes === PREFIX_BYTES ? this.#begin() : undefined;
  }

  #begin(): Fault | undefined {
    if (this.#length > this.#maxBytes) return tooLarge('a message', this.#maxBytes);
    const refused = this.#reserve(this.#length);
    if (refused === undefined) this.body = Buffer.allocUnsafeSlow(this.#length);
    return refused;
  }
}
