import type { Outcome } from '@otelier/otlp';
import { decompressBody, type ReadBody } from '../decompress-body.ts';
import { type HttpBody, openBody } from '../http/body.ts';
import type { ExportVerdict, Sender } from '../http/request-handler.ts';
import { type HttpResponse, httpResponseForRejection, rejectionForAdmission } from '../outcome-mapping.ts';
import { INTERNAL, type Rejection } from '../rejection.ts';
import type { RequestSource } from '../request-source.ts';
import type { FoundHead } from './head-reader.ts';
import type { HttpService } from './service.ts';

/** Result of a request: the handler's outcome, or a rejection before the handler was called. */
export type Settled = Outcome | { readonly kind: 'rejection'; readonly rejection: Rejection };

/** Opens the exchange for an export request, or returns the response if its sender or length is rejected. */
export function openExchange(
  service: HttpService,
  { head, contentLength }: FoundHead<unknown>,
  verdict: ExportVerdict,
  arrival: Arrival,
): Exchange | HttpResponse {
  const sender = service.requestHandler.authenticate(head, arrival.source, verdict.encoding);
  if ('status' in sender) return sender;
  const tooLong = service.requestHandler.checkLength(contentLength);
  if (tooLong !== undefined) return httpResponseForRejection(tooLong, verdict.encoding);
  const { incoming, admit, limits } = service;
  const body = openBody({ incoming, admit, contentLength, maxBytes: limits.maxBodyBytes, ...arrival });
  if ('kind' in body) return httpResponseForRejection(rejectionForAdmission(body), verdict.encoding);
  return new Exchange(service, head.headers, verdict, sender, body, arrival.source.address);
}

/** How the body of a request arrives. */
export interface Arrival {
  readonly source: RequestSource;
  /** Number of bytes after the head that have already been read. */
  readonly bufferedBytes: number;
  /** Ends the request before its body is complete. */
  readonly end: (rejection: Rejection) => void;
}

/** An accepted request, from the first byte of its body to its outcome. */
class Exchange {
  readonly verdict: ExportVerdict;
  readonly #service: HttpService;
  readonly #headers: FoundHead<unknown>['head']['headers'];
  readonly #sender: Sender;
  readonly #body: HttpBody;
  readonly #peer: string | undefined;

  constructor(
    service: HttpService,
    headers: FoundHead<unknown>['head']['headers'],
    verdict: ExportVerdict,
    sender: Sender,
    body: HttpBody,
    peer: string | undefined,
  ) {
    this.verdict = verdict;
    this.#service = service;
    this.#headers = headers;
    this.#sender = sender;
    this.#body = body;
    this.#peer = peer;
  }

  /** Appends bytes to the body. After a rejection, the caller must abandon the exchange. */
  append(chunk: Buffer, at: number, end: number): Rejection | undefined {
    return this.#body.append(chunk, at, end);
  }

  /** Releases the memory of a failed request. */
  abandon(): void {
    this.#body.abandon();
  }

  /** Passes the complete body to the handler. Returns the outcome synchronously if there is nothing to await. */
  finish(): Settled | Promise<Settled> {
    const body = this.#body.finish();
    const { compression } = this.verdict;
    if (compression === 'none') return this.#export(body);
    const read = decompressBody(body, compression, this.#service.limits.maxDecompressedBytes, this.#body.admission);
    return 'kind' in read ? this.#exportRead(read) : read.then((late) => this.#exportRead(late));
  }

  #exportRead(read: ReadBody): Settled | Promise<Settled> {
    if (read.kind === 'body') return this.#export(read.body);
    this.#body.admission.release();
    return read;
  }

  #export(body: Uint8Array): Settled | Promise<Settled> {
    let outcome: Outcome | Promise<Outcome>;
    try {
      outcome = this.#service.handler.export({
        signal: this.verdict.signal,
        encoding: this.verdict.encoding,
        body,
        headers: this.#headers,
        subject: this.#sender.subject,
        tenant: this.#sender.tenant,
        transport: 'http',
        peer: this.#peer,
      });
    } catch (error) {
      outcome = Promise.reject(error);
    }
    if (!('kind' in outcome)) return this.#settle(outcome);
    this.#body.admission.release();
    return outcome;
  }

  async #settle(pending: Promise<Outcome>): Promise<Settled> {
    try {
      return await pending;
    } catch (error) {
      this.#service.onInternalError(error);
      return { kind: 'rejection', rejection: INTERNAL };
    } finally {
      this.#body.admission.release();
    }
  }
}

export type { Exchange };
