import { releaseBytes, takeBytes } from '@otelier/otlp';
import type { IncomingRequest } from '../incoming-request.ts';
import { NO_MEMORY, type Rejection, rejection, tooLarge } from '../rejection.ts';

/** Length of the message prefix: a one-byte compressed flag and a four-byte length. */
const PREFIX_BYTES = 5;
const EMPTY = new Uint8Array(0);

/**
 * Assembles the message of a unary call. The length is known up front, so pieces are copied directly into a growing
 * buffer owned by the message. Reused for the next call.
 */
export class MessageReader {
  /** Whether the message is compressed with `grpc-encoding`. */
  isCompressed = false;
  /** The message, which is complete once `end` returns no rejection. */
  body: Uint8Array = EMPTY;
  readonly #maxBytes: number;
  readonly #memory: MessageMemory;
  /** Set while the message is incomplete. */
  #request: IncomingRequest | undefined;
  #prefixBytes = 0;
  #length = 0;
  #filled = 0;

  constructor(maxBytes: number, memory: MessageMemory) {
    this.#maxBytes = maxBytes;
    this.#memory = memory;
  }

  /** Releases the last message, whose memory is owned by the handler. */
  reset(): void {
    this.isCompressed = false;
    this.body = EMPTY;
    this.#request = undefined;
    this.#prefixBytes = 0;
    this.#length = 0;
    this.#filled = 0;
  }

  /** Number of bytes not yet received. */
  get missingBytes(): number {
    return this.#prefixBytes < PREFIX_BYTES ? PREFIX_BYTES - this.#prefixBytes : this.#length - this.#filled;
  }

  /** Appends the next piece, `chunk[from, end)`. A returned rejection ends the call. */
  push(chunk: Uint8Array, from: number, end: number, isLast: boolean): Rejection | undefined {
    let at = from;
    for (; this.#prefixBytes < PREFIX_BYTES; at++) {
      if (at === end) return undefined;
      const rejection = this.#readPrefix(chunk[at]);
      if (rejection !== undefined) return rejection;
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

  /** Validates the message at the end of the request. Returns a rejection if it is missing or incomplete. */
  end(): Rejection | undefined {
    if (this.#prefixBytes < PREFIX_BYTES) {
      return rejection('malformed', `expected a message, got ${this.#prefixBytes} bytes`);
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

  /** A message that arrives in one piece does not need a growing buffer. */
  #grow(neededBytes: number, isLast: boolean): Rejection | undefined {
    if (this.#request === undefined) {
      if (isLast && neededBytes === this.#length) {
        const refused = this.#memory.admitMessage(this.#length);
        if (refused === undefined) this.body = takeBytes(this.#length);
        return refused;
      }
      const request = this.#memory.beginMessage(this.#length);
      if ('kind' in request) return request;
      this.#request = request;
    }
    const capacity = this.#request.ensureCapacity(neededBytes);
    if (capacity === undefined) return NO_MEMORY;
    const smaller = this.body;
    this.body = takeBytes(capacity);
    this.body.set(smaller.subarray(0, this.#filled));
    releaseBytes(smaller);
    return undefined;
  }
}

/** Allocates memory for messages. */
export interface MessageMemory {
  /** Reserves memory for a complete message. */
  admitMessage(sizeBytes: number): Rejection | undefined;
  /** Registers an incomplete message. */
  beginMessage(sizeBytes: number): IncomingRequest | Rejection;
}
