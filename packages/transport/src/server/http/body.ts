import { releaseBytes, takeBytes } from '@otelier/otlp';
import type { Admission, AdmissionRejection, Admit } from '../../admission.ts';
import type { IncomingRequest } from '../incoming-request.ts';
import type { IncomingRequests } from '../incoming-requests.ts';
import { NO_MEMORY, type Rejection, tooLarge } from '../rejection.ts';
import type { RequestSource } from '../request-source.ts';

/** A request body in its own memory, copied because the next read overwrites the socket's read buffer. */
export interface HttpBody {
  /** Appends `chunk[at, end)`. Returns a rejection if that is not possible. */
  append(chunk: Buffer, at: number, end: number): Rejection | undefined;
  /** Returns the complete body. Call once; the caller then releases the memory of `admission`. */
  finish(): Uint8Array;
  /** Memory reservation of the complete body. */
  readonly admission: Admission;
  /** Releases the memory, whether or not the body is complete. */
  abandon(): void;
}

/** Options for receiving a request body. */
export interface BodyOptions {
  readonly incoming: IncomingRequests;
  readonly admit: Admit;
  readonly source: RequestSource;
  /** Content length announced by the client; `undefined` for a chunked body. */
  readonly contentLength: number | undefined;
  /** Number of bytes after the head that have already been read. */
  readonly bufferedBytes: number;
  readonly maxBytes: number;
  /** Ends the request before its body is complete. */
  readonly end: (rejection: Rejection) => void;
}

/** Reserves memory for a body: all of it if it arrived with its head, otherwise as it arrives. */
export function openBody(options: BodyOptions): HttpBody | AdmissionRejection {
  const { incoming, admit, source, contentLength, bufferedBytes, maxBytes } = options;
  if (contentLength !== undefined && contentLength <= bufferedBytes) {
    const admission = incoming.admit(admit, contentLength, source);
    return 'kind' in admission ? admission : new SizedBody(contentLength, admission);
  }
  const request = incoming.begin(admit, { source, announcedBytes: contentLength, maxBytes, end: options.end });
  return 'kind' in request ? request : new ArrivingBody(request, maxBytes);
}

/** A body that arrived in one piece and is copied once. */
class SizedBody implements HttpBody {
  readonly admission: Admission;
  readonly #bytes: Uint8Array;
  #length = 0;

  constructor(length: number, admission: Admission) {
    this.#bytes = takeBytes(length);
    this.admission = admission;
  }

  append(chunk: Buffer, at: number, end: number): undefined {
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

/** A body that arrives in several pieces, in a growing buffer. */
class ArrivingBody implements HttpBody {
  readonly #request: IncomingRequest;
  readonly #maxBytes: number;
  #bytes: Uint8Array = EMPTY;
  #length = 0;

  constructor(request: IncomingRequest, maxBytes: number) {
    this.#request = request;
    this.#maxBytes = maxBytes;
  }

  get admission(): Admission {
    return this.#request.complete();
  }

  append(chunk: Buffer, at: number, end: number): Rejection | undefined {
    const length = this.#length + end - at;
    const rejection = length > this.#bytes.length ? this.#grow(length) : undefined;
    if (rejection !== undefined) return rejection;
    chunk.copy(this.#bytes, this.#length, at, end);
    this.#length = length;
    this.#request.received(end - at);
    return undefined;
  }

  finish(): Uint8Array {
    this.#request.complete();
    if (this.#length === this.#bytes.length) return this.#bytes;
    const own = takeBytes(this.#length);
    own.set(this.#bytes.subarray(0, this.#length));
    releaseBytes(this.#bytes);
    return own;
  }

  abandon(): void {
    this.#request.complete().release();
  }

  #grow(neededBytes: number): Rejection | undefined {
    if (neededBytes > this.#maxBytes) return tooLarge('a body', this.#maxBytes);
    const capacity = this.#request.ensureCapacity(neededBytes);
    if (capacity === undefined) return NO_MEMORY;
    const smaller = this.#bytes;
    this.#bytes = takeBytes(capacity);
    this.#bytes.set(smaller.subarray(0, this.#length));
    releaseBytes(smaller);
    return undefined;
  }
}

const EMPTY = new Uint8Array();
