import type { Duplex } from 'node:stream';
import type { Admission, AdmissionRejection, Admit } from '../admission.ts';
import type { IncomingRequest } from '../server/incoming-request.ts';
import type { IncomingRequests } from '../server/incoming-requests.ts';
import type { Rejection } from '../server/rejection.ts';
import { createSource, type RequestSource } from '../server/request-source.ts';

/** Dependencies of `Receiving`. */
export interface ReceivingContext {
  readonly admit: Admit;
  /** Requests whose bodies are still being received. */
  readonly incoming: IncomingRequests;
  readonly maxBodyBytes: number;
  /** Timeout for receiving a complete message. */
  readonly timeoutMillis: number;
}

/** Bytes of a message that every connection may buffer before they are counted. */
const FREE_BYTES = 4 * 1024;

/**
 * Reserves memory for a message while it arrives. `ws` delivers only complete messages, so a thousand slow senders
 * could otherwise hold a thousand incomplete messages outside any budget.
 */
export class Receiving {
  readonly #context: ReceivingContext;
  readonly #refuse: (rejection: AdmissionRejection) => void;
  /** Bytes received since the last complete message. An upper bound, because it includes frame headers. */
  #unfinishedBytes = 0;
  #lastChunkBytes = 0;
  #request: IncomingRequest | undefined;
  readonly #source: RequestSource;
  readonly #isPaused: () => boolean;

  /** `onActivity` is called for all input, and `refuse` when there is no memory for the message. */
  constructor(
    socket: Duplex & { readonly remoteAddress?: string | undefined },
    context: ReceivingContext,
    onActivity: () => void,
    isPaused: () => boolean,
    refuse: (rejection: AdmissionRejection) => void,
  ) {
    this.#context = context;
    this.#refuse = refuse;
    this.#isPaused = isPaused;
    this.#source = createSource(socket.remoteAddress);
    // Runs before `ws` processes the bytes, which may complete a message.
    socket.prependListener('data', (chunk: Buffer) => {
      onActivity();
      this.#unfinishedBytes += chunk.length;
      this.#lastChunkBytes = chunk.length;
      if (this.#unfinishedBytes <= FREE_BYTES) return;
      const rejection = this.#reserve(this.#unfinishedBytes, chunk.length);
      if (rejection !== undefined) refuse(rejection);
    });
  }

  /** Returns the memory reservation of a complete message, which the caller releases. */
  finish(sizeBytes: number): Admission | AdmissionRejection {
    const request = this.#request;
    const { admit, incoming } = this.#context;
    let admission: Admission | AdmissionRejection;
    if (request === undefined) admission = incoming.admit(admit, sizeBytes, this.#source);
    else if (request.reserve(sizeBytes)) {
      admission = request.complete();
      this.#request = undefined;
    } else admission = NO_MEMORY;
    this.skip(sizeBytes);
    return admission;
  }

  /** Releases the memory of a complete message. */
  skip(sizeBytes: number): void {
    // Bytes after the message arrived in the same chunk, which bounds the error.
    this.#unfinishedBytes = Math.min(Math.max(0, this.#unfinishedBytes - sizeBytes), this.#lastChunkBytes);
    this.end();
  }

  /** Releases all reservations. */
  end(): void {
    this.#request?.complete().release();
    this.#request = undefined;
  }

  #reserve(neededBytes: number, arrivedBytes: number): AdmissionRejection | undefined {
    if (this.#request === undefined) {
      const { admit, incoming, maxBodyBytes, timeoutMillis } = this.#context;
      const end = (rejection: Rejection) => {
        this.end();
        this.#refuse({ kind: 'retry', afterMillis: rejection.afterMillis, reason: rejection.reason });
      };
      const request = incoming.begin(admit, {
        source: this.#source,
        announcedBytes: undefined,
        maxBytes: maxBodyBytes,
        timeoutMillis,
        isPaused: this.#isPaused,
        end,
      });
      if ('kind' in request) return request;
      this.#request = request;
    }
    if (!this.#request.reserve(neededBytes)) return NO_MEMORY;
    this.#request.received(arrivedBytes);
    return undefined;
  }
}

const NO_MEMORY: AdmissionRejection = {
  kind: 'retry',
  afterMillis: 1000,
  reason: 'no memory is available for this request',
};
