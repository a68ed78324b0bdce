import type { Writable } from 'node:stream';

/** Gathers the answers to one read, so that one write takes them all to the kernel. */
export class Outbox {
  readonly #socket: Writable;
  #responses: Buffer[] = [];
  #sizeBytes = 0;
  /** Whether the client does not read what was written: nothing more shall be made for it until `drain`. */
  isStalled = false;

  constructor(socket: Writable) {
    this.#socket = socket;
  }

  /** Whether enough has been gathered to be written before more is made. */
  get isFull(): boolean {
    return this.#sizeBytes >= FULL_BYTES;
  }

  push(response: Buffer): void {
    this.#responses.push(response);
    this.#sizeBytes += response.length;
  }

  flush(): void {
    const [first] = this.#responses;
    if (first === undefined) return;
    const bytes = this.#responses.length === 1 ? first : Buffer.concat(this.#responses, this.#sizeBytes);
    this.#responses = [];
    this.#sizeBytes = 0;
    if (!this.#socket.write(bytes)) this.isStalled = true;
  }
}

const FULL_BYTES = 64 * 1024;
