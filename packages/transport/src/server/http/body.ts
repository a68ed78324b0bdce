import type { Admission, AdmissionRejection, Admit } from '../../admission.ts';
import type { IncomingRequest } from '../incoming-request.ts';
import type { IncomingRequests } from '../incoming-requests.ts';
import { NO_MEMORY, type Rejection, tooLarge } from '../rejection.ts';
import type { RequestSource } from '../request-source.ts';

/** A body as it comes, in memory of its own: what is read from a socket is overwritten by the next read. */
export interface HttpBody {
  /** Takes `chunk[at, end)`; a fault when it cannot. */
  take(chunk: Buffer, at: number, end: number): Rejection | undefined;
  /** Returns the body; call once, at its end. The caller then releases the memory of `admission`. */
  finish(): Uint8Array;
  /** The memory of a finished body. */
  readonly admission: Admission;
  /** Gives the memory back, whether the body has been finished or not. */
  abandon(): void;
}

/** How the body of a request is received. */
export interface BodyOptions {
  readonly incoming: IncomingRequests;
  readonly admit: Admit;
  readonly source: RequestSource;
  /** Length that the client announced; `undefined` when it comes in chunks. */
  readonly contentLength: number | undefined;
  /** Bytes that have been read and follow the head. */
  readonly bytesAtHand: number;
  readonly maxBytes: number;
  /** Ends the request before its body is complete. */
  readonly end: (rejection: Rejection) => void;
}

/** Reserves memory for a body: for all of it when it has arrived with its head, else as it arrives. */
export function openBody(options: BodyOptions): HttpBody | AdmissionRejection {
  const { incoming, admit, source, contentLength, bytesAtHand, maxBytes } = options;
  if (contentLength !== undefined && contentLength <= bytesAtHand) {
    const admission = incoming.admit(admit, contentLength, source);
    return 'kind' in admission ? admission : new SizedBody(contentLength, admission);
  }
  const request = incoming.begin(admit, { source, announcedBytes: contentLength, maxBytes, end: options.end });
  return 'kind' in request ? request : new ArrivingBody(request, maxBytes);
}

/** All of it is there: copied once. */
class SizedBody implements HttpBody {
  readonly admission: Admission;
  readonly #bytes: Buffer;
  #length = 0;

  constructor(length: number, admission: Admission) {
    this.#bytes = Buffer.allocUnsafeSlow(length);
    this.admission = admission;
  }

  take(chunk: Buffer, at: number, end: number): undefined {
    chunk.copy(this.#bytes, this.#length, at, end);
    this.#length += end - at;
  }

  finish(): Uint8Array {
    return this.#bytes;
  }

  abandon(): void {
    this.admission.release();
  }
}

/** Arrives bit by bit, in memory that grows with it. */
class ArrivingBody implements HttpBody {
  readonly #request: IncomingRequest;
  readonly #maxBytes: number;
  #bytes = NOTHING;
  #length = 0;

  constructor(request: IncomingRequest, maxBytes: number) {
    this.#request = request;
    this.#maxBytes = maxBytes;
  }

  get admission(): Admission {
    return this.#request.complete();
  }

  take(chunk: Buffer, at: number, end: number): Rejection | undefined {
    const length = this.#length + end - at;
    const errorMessage = length > this.#bytes.length ? this.#grow(length) : undefined;
    if (errorMessage !== undefined) return errorMessage;
    chunk.copy(this.#bytes, this.#length, at, end);
    this.#length = length;
    this.#request.received(end - at);
    return undefined;
  }

  finish(): Uint8Array {
    this.#request.complete();
    if (this.#length === this.#bytes.length) return this.#bytes;
    const own = Buffer.allocUnsafeSlow(this.#length);
    this.#bytes.copy(own, 0, 0, this.#length);
    return own;
  }

  abandon(): void {
    this.#request.complete().release();
  }

  #grow(neededBytes: number): Rejection | undefined {
    if (neededBytes > this.#maxBytes) return tooLarge('a body', this.#maxBytes);
    const capacity = this.#request.makeCapacity(neededBytes);
    if (capacity === undefined) return NO_MEMORY;
    const larger = Buffer.allocUnsafeSlow(capacity);
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
    return undefined;
  }
}

const NOTHING = Buffer.alloc(0);
