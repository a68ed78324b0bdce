import type { IncomingRequest } from '../incoming-request.ts';
import { NO_MEMORY, type Rejection, rejection, tooLarge } from '../rejection.ts';

/** Bytes in front of a message: one that says whether it is compressed, four for its length. */
const PREFIX_BYTES = 5;
const NOTHING = new Uint8Array(0);

/**
 * Puts the one message of a unary call together from pieces. Its length comes first, so the pieces are copied straight
 * into memory that the message owns, which grows with them. Used again for the next call.
 */
export class MessageReader {
  /** The message is compressed, as `grpc-encoding` says. */
  isCompressed = false;
  /** The message, whole once `end` has found no fault. */
  body: Uint8Array = NOTHING;
  readonly #maxBytes: number;
  readonly #memory: MessageMemory;
  /** While the message is incomplete. */
  #request: IncomingRequest | undefined;
  #prefixBytes = 0;
  #length = 0;
  #filled = 0;

  constructor(maxBytes: number, memory: MessageMemory) {
    this.#maxBytes = maxBytes;
    this.#memory = memory;
  }

  /** Forgets the last message, whose memory belongs to others. */
  reset(): void {
    this.isCompressed = false;
    this.body = NOTHING;
    this.#request = undefined;
    this.#prefixBytes = 0;
    this.#length = 0;
    this.#filled = 0;
  }

  /** Bytes still to come. */
  get wantedBytes(): number {
    return this.#prefixBytes < PREFIX_BYTES ? PREFIX_BYTES - this.#prefixBytes : this.#length - this.#filled;
  }

  /** Takes the next piece, `chunk` from `from` to `end`, which may be the last; a fault ends the call. */
  push(chunk: Uint8Array, from: number, end: number, isLast: boolean): Rejection | undefined {
    let at = from;
    for (; this.#prefixBytes < PREFIX_BYTES; at++) {
      if (at === end) return undefined;
      const errorMessage = this.#readPrefix(chunk[at]);
      if (errorMessage !== undefined) return errorMessage;
    }
    const more = end - at;
    if (more === 0) return undefined;
    if (more > this.#length - this.#filled) {
      return rejection('malformed', `expected one message of ${this.#length} bytes, got more`);
    }
    if (this.#filled + more > this.body.length) {
      const refused = this.#grow(this.#filled + more, isLast);
      if (refused !== undefined) return refused;
    }
    this.body.set(chunk.subarray(at, end), this.#filled);
    this.#filled += more;
    this.#request?.received(more);
    return undefined;
  }

  /** To be called when the client has sent all; a fault when that was no message or a part of one. */
  end(): Rejection | undefined {
    if (this.#prefixBytes < PREFIX_BYTES) {
      return rejection('malformed', `expected one message, got ${this.#prefixBytes} bytes without any`);
    }
    if (this.#filled < this.#length) {
      return rejection('malformed', `expected a message of ${this.#length} bytes, got ${this.#filled}`);
    }
    return undefined;
  }

  #readPrefix(byte: number): Rejection | undefined {
    if (this.#prefixBytes === 0) {
      if (byte > 1) return rejection('malformed', `expected a message that begins with 0 or 1, got ${byte}`);
      this.isCompressed = byte === 1;
    } else this.#length = this.#length * 256 + byte;
    this.#prefixBytes += 1;
    return this.#prefixBytes === PREFIX_BYTES ? this.#begin() : undefined;
  }

  #begin(): Rejection | undefined {
    if (this.#length > this.#maxBytes) return tooLarge('a message', this.#maxBytes);
    return this.#length === 0 ? this.#memory.admitMessage(0) : undefined;
  }

  /** A message that is there with its first piece needs no memory in steps. */
  #grow(neededBytes: number, isLast: boolean): Rejection | undefined {
    if (this.#request === undefined) {
      if (isLast && neededBytes === this.#length) {
        const refused = this.#memory.admitMessage(this.#length);
        if (refused === undefined) this.body = Buffer.allocUnsafeSlow(this.#length);
        return refused;
      }
      const request = this.#memory.beginMessage(this.#length);
      if ('kind' in request) return request;
      this.#request = request;
    }
    const capacity = this.#request.makeCapacity(neededBytes);
    if (capacity === undefined) return NO_MEMORY;
    const larger = Buffer.allocUnsafeSlow(capacity);
    larger.set(this.body.subarray(0, this.#filled));
    this.body = larger;
    return undefined;
  }
}

/** Where the memory of messages comes from. */
export interface MessageMemory {
  /** Reserves memory for a message that is complete. */
  admitMessage(sizeBytes: number): Rejection | undefined;
  /** Starts a message that is not. */
  beginMessage(sizeBytes: number): IncomingRequest | Rejection;
}
