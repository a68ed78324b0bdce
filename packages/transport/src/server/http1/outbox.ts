import type { Writable } from 'node:stream';

/** Collects the responses produced during one read, so that a single write passes them to the kernel. */
export class Outbox {
  readonly #socket: Writable;
  #responses: Buffer[] = [];
  #sizeBytes = 0;
  /** Whether the client is not reading its responses. No more are produced until `drain`. */
  isStalled = false;

  constructor(socket: Writable) {
    this.#socket = socket;
  }

  /** Whether the buffer should be written before more responses are produced. */
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
