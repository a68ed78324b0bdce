import type { Writable } from 'node:stream';

/** Collects the responses to one read, so that one write passes all of them to the kernel. */
export class Outbox {
  readonly #socket: Writable;
  #responses: Buffer[] = [];
  #sizeBytes = 0;
  /** Whether the client does not read its responses: no more are produced until `drain`. */
  isStalled = false;

  constructor(socket: Writable) {
    this.#socket = socket;
  }

  /** Whether enough is collected to be written before more responses are produced. */
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
