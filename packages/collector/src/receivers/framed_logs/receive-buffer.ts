/** Bytes that were received and not consumed yet. Appending many chunks to a large message copies each byte a few times. */
export class ReceiveBuffer {
  #memory: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  /** The unconsumed bytes. They are valid until the next `append`. */
  get bytes(): Buffer {
    return this.#memory.subarray(this.#start, this.#end);
  }

  get capacity(): number {
    return this.#memory.length;
  }

  append(chunk: Buffer): void {
    const length = this.#end - this.#start;
    if (length === 0) {
      // The usual case: no message was incomplete.
      this.#memory = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    if (this.#end + chunk.length > this.#memory.length) {
      const larger = Buffer.allocUnsafe(Math.max(2 * length, length + chunk.length));
      this.bytes.copy(larger);
      this.#memory = larger;
      this.#start = 0;
      this.#end = length;
    }
    chunk.copy(this.#memory, this.#end);
    this.#end += chunk.length;
  }

  consume(size: number): void {
    this.#start += size;
  }
}
