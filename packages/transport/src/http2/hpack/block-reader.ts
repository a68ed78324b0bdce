import { huffmanDecode, maxDecodedBytes } from './huffman.ts';

/** Reads the parts of one block in order. The first thing that is wrong is kept in `problem`, and ends the block. */
export class BlockReader {
  /** What is wrong with the encoding. */
  errorMessage: string | undefined;
  readonly #bytes: Buffer;
  #at = 0;

  constructor(block: Uint8Array) {
    this.#bytes = block instanceof Buffer ? block : Buffer.from(block.buffer, block.byteOffset, block.length);
  }

  get isDone(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The next byte, which stays. */
  get next(): number {
    return this.#bytes[this.#at];
  }

  /** An integer whose first `prefixBits` stand in the next byte (RFC 7541, 5.1); 0 with a problem. */
  integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    if (this.isDone) return this.#fail('the block ends where a number should begin');
    let value = this.#bytes[this.#at++] & mask;
    if (value < mask) return value;
    for (let shift = 0; ; shift += 7) {
      if (this.isDone) return this.#fail('the block ends within a number');
      if (shift > MAX_SHIFT) return this.#fail('a number is larger than anything can be here');
      const byte = this.#bytes[this.#at++];
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  /** A string (RFC 7541, 5.2), one character a byte; empty with a problem. */
  string(): string {
    const isCoded = !this.isDone && this.next >= 0x80;
    const length = this.integer(7);
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) this.#fail('a string is longer than its block');
    if (this.errorMessage !== undefined) return '';
    return isCoded ? this.#decoded(start) : this.#bytes.toString('latin1', start, this.#at);
  }

  #decoded(start: number): string {
    const output = Buffer.allocUnsafe(maxDecodedBytes(this.#at - start));
    const length = huffmanDecode(this.#bytes, start, this.#at, output);
    if (length >= 0) return output.toString('latin1', 0, length);
    this.#fail("a string is no valid Huffman's code");
    return '';
  }

  #fail(errorMessage: string): 0 {
    this.errorMessage ??= errorMessage;
    return 0;
  }
}

/** Three further bytes say numbers up to 2 million, and no table, name or value here is that large. */
const MAX_SHIFT = 14;
