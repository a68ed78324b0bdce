import { huffmanDecode, maxDecodedBytes } from './huffman.ts';

/** Reads the parts of one block in order. The first error is stored in `error` and ends the block. */
export class BlockReader {
  /** Why the encoding is invalid. */
  error: string | undefined;
  readonly #bytes: Buffer;
  #at = 0;

  constructor(block: Uint8Array) {
    this.#bytes = block instanceof Buffer ? block : Buffer.from(block.buffer, block.byteOffset, block.length);
  }

  get isDone(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The next byte, without consuming it. */
  get next(): number {
    return this.#bytes[this.#at];
  }

  /** Reads an integer whose first `prefixBits` are in the next byte (RFC 7541, 5.1); 0 after an error. */
  integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    if (this.isDone) return this.#fail('expected a number, got the end of the block');
    let value = this.#bytes[this.#at++] & mask;
    if (value < mask) return value;
    for (let shift = 0; ; shift += 7) {
      if (this.isDone) return this.#fail('expected the rest of a number, got the end of the block');
      if (shift > MAX_SHIFT) return this.#fail('expected a number of at most 21 bits');
      const byte = this.#bytes[this.#at++];
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  /** Reads a string (RFC 7541, 5.2), one character per byte; empty after an error. */
  string(): string {
    const isCoded = !this.isDone && this.next >= 0x80;
    const length = this.integer(7);
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) this.#fail('expected a string within its block');
    if (this.error !== undefined) return '';
    return isCoded ? this.#decoded(start) : this.#bytes.toString('latin1', start, this.#at);
  }

  #decoded(start: number): string {
    const output = Buffer.allocUnsafe(maxDecodedBytes(this.#at - start));
    const length = huffmanDecode(this.#bytes, start, this.#at, output);
    if (length >= 0) return output.toString('latin1', 0, length);
    this.#fail('expected a valid Huffman code');
    return '';
  }

  #fail(error: string): 0 {
    this.error ??= error;
    return 0;
  }
}

/** Three additional bytes encode integers up to 2 million. No table, name or value is that large. */
const MAX_SHIFT = 14;
