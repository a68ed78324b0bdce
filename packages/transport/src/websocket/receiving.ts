import type { Duplex } from 'node:stream';
import type { Admission, AdmissionRejection, Admit } from '../admission.ts';
import type { IncomingRequest } from '../server/incoming-request.ts';
import type { IncomingRequests } from '../server/incoming-requests.ts';
import type { Rejection } from '../server/rejection.ts';
import { createSource, type RequestSource } from '../server/request-source.ts';

/** What receiving needs of its surroundings. */
export interface ReceivingContext {
  readonly admit: Admit;
  /** Requests whose bodies are arriving. */
  readonly incoming: IncomingRequests;
  readonly maxBodyBytes: number;
  /** How long a message may take to arrive. */
  readonly timeoutMillis: number;
}

/** What may have come of a message before it is counted: a little, which every connection may hold. */
const FREE_BYTES = 4 * 1024;

/**
 * Reserves memory for a message while it is coming in. `ws` hands a message over when it is whole, so without this a
 * thousand slow senders could hold a thousand unfinished messages that no budget knows of.
 */
export class Receiving {
  readonly #context: ReceivingContext;
  readonly #refuse: (rejection: AdmissionRejection) => void;
  /** Bytes that have come since the last whole message; an upper bound, wrong by the heads of frames. */
  #unfinishedBytes = 0;
  #lastChunkBytes = 0;
  #request: IncomingRequest | undefined;
  readonly #source: RequestSource;
  readonly #isPaused: () => boolean;

  /** `heard` is told of all that comes, `refuse` when what is coming in can or may not be held. */
  constructor(
    socket: Duplex & { readonly remoteAddress?: string | undefined },
    context: ReceivingContext,
    heard: () => void,
    isPaused: () => boolean,
    refuse: (rejection: AdmissionRejection) => void,
  ) {
    this.#context = context;
    this.#refuse = refuse;
    this.#isPaused = isPaused;
    this.#source = createSource(socket.remoteAddress);
    // Before `ws` sees the bytes, which may complete a message.
    socket.prependListener('data', (chunk: Buffer) => {
      heard();
      this.#unfinishedBytes += chunk.length;
      this.#lastChunkBytes = chunk.length;
      if (this.#unfinishedBytes <= FREE_BYTES) return;
      const rejection = this.#reserve(this.#unfinishedBytes, chunk.length);
      if (rejection !== undefined) refuse(rejection);
    });
  }

  /** A message is whole: hands its memory over to whoever handles it. */
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

  /** A message is whole and needs no memory any more. */
  skip(sizeBytes: number): void {
    // What follows the message came in the same chunk, which keeps the error from growing.
    this.#unfinishedBytes = Math.min(Math.max(0, this.#unfinishedBytes - sizeBytes), this.#lastChunkBytes);
    this.end();
  }

  /** Gives back what is reserved. */
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
  reason: 'there is no memory for this request now',
};
