import { type Fault, fault, tooLarge } from './fault.ts';

/** The message of a unary call, as it came. */
export interface UnaryMessage {
  readonly compressed: boolean;
  readonly body: Uint8Array;
}

/** Bytes in front of a message: one that says whether it is compressed, four for its length. */
const PREFIX_BYTES = 5;

/**
 * Puts the one message of a unary call together from chunks. Its length comes first, so the chunks are copied straight
 * into memory that the message owns; that memory is taken once `reserve` has agreed.
 */
export class MessageReader {
  readonly #maxBytes: number;
  readonly #reserve: (sizeBytes: number) => Fault | undefined;
  #prefix = new Uint8Array(0);
  #compressed = false;
  #body: Uint8Array | undefined;
  #filled = 0;

  constructor(maxBytes: number, reserve: (sizeBytes: number) => Fault | undefined) {
    this.#maxBytes = maxBytes;
    this.#reserve = reserve;
  }

  /** Takes the next chunk; a fault ends the call. */
  push(chunk: Uint8Array): Fault | undefined {
    if (this.#body !== undefined) return this.#fill(this.#body, chunk);
    if (this.#prefix.length === 0 && chunk.length >= PREFIX_BYTES) return this.#begin(chunk);
    const joined = new Uint8Array(this.#prefix.length + chunk.length);
    joined.set(this.#prefix);
    joined.set(chunk, this.#prefix.length);
    if (joined.length >= PREFIX_BYTES) return this.#begin(joined);
    this.#prefix = joined;
    return undefined;
  }

  /** The message, once the client has sent all; a fault when that was none or a part of one. */
  end(): UnaryMessage | Fault {
    const body = this.#body;
    if (body === undefined) {
      return fault('malformed', `expected one message, got ${this.#prefix.length} bytes without any`);
    }
    if (this.#filled < body.length) {
      return fault('malformed', `expected a message of ${body.length} bytes, got ${this.#filled}`);
    }
    return { compressed: this.#compressed, body };
  }

  #begin(chunk: Uint8Array): Fault | undefined {
    const flag = chunk[0] ?? 0;
    if (flag > 1) return fault('malformed', `expected a message that begins with 0 or 1, got ${flag}`);
    const length = new DataView(chunk.buffer, chunk.byteOffset, PREFIX_BYTES).getUint32(1);
    if (length > this.#maxBytes) return tooLarge('a message', this.#maxBytes);
    const refused = this.#reserve(length);
    if (refused !== undefined) return refused;
    this.#compressed = flag === 1;
    this.#body = Buffer.allocUnsafeSlow(length);
    return this.#fill(this.#body, chunk.subarray(PREFIX_BYTES));
  }

  #fill(body: Uint8Array, chunk: Uint8Array): Fault | undefined {
    if (chunk.length > body.length - this.#filled) {
      return fault('malformed', `expected one message of ${body.length} bytes, got more`);
    }
    body.set(chunk, this.#filled);
    this.#filled += chunk.length;
    return undefined;
  }
}
