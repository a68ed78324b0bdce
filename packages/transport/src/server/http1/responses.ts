import type { OtlpEncoding } from '@otelier/otlp';
import type { ParseError } from '../../http1/parse-error.ts';
import { http } from '../../node-http.ts';
import { type HttpResponse, httpResponseForOutcome } from '../outcome-mapping.ts';

/** Options for writing a response. */
export interface WriteOptions {
  /** Alternating names and values, added to those of the response. */
  readonly moreHeaders: readonly string[];
  /** Whether the connection is closed after this response. */
  readonly isLast: boolean;
  /** Whether to omit the body, as in the response to a HEAD request. */
  readonly isHead: boolean;
}

/** Serializes responses. The most common one, full success, is serialized once per second. */
export class Responses {
  readonly #keepAlive: string;
  #date = '';
  #accepted: Partial<Record<AcceptedKind, Buffer>> = {};

  constructor(nowMillis: number, idleTimeoutMillis: number) {
    // Clients that know the idle timeout do not send requests on a connection that is about to close.
    const seconds = Math.max(1, Math.floor(idleTimeoutMillis / 1000));
    this.#keepAlive = `connection: keep-alive\r\nkeep-alive: timeout=${seconds}\r\n`;
    this.setTime(nowMillis);
  }

  /** RFC 9110, 6.6.1: every response has a date with a resolution of one second. */
  setTime(nowMillis: number): void {
    const date = new Date(nowMillis).toUTCString();
    if (date === this.#date) return;
    this.#date = date;
    // An earlier response may still be queued in a socket, so its bytes must not change.
    this.#accepted = {};
  }

  /** Returns the response for the `accepted` outcome in the encoding of the request. */
  accepted(encoding: OtlpEncoding, isLast: boolean): Buffer {
    const kind: AcceptedKind = isLast ? `${encoding} last` : encoding;
    this.#accepted[kind] ??= this.write(httpResponseForOutcome({ kind: 'accepted' }, encoding, 'traces'), {
      moreHeaders: [],
      isLast,
      isHead: false,
    });
    return this.#accepted[kind];
  }

  write(response: HttpResponse, options: WriteOptions): Buffer {
    const { status, body } = response;
    let head = `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\n`;
    for (const list of [response.headers, options.moreHeaders]) {
      for (let i = 0; i + 1 < list.length; i += 2) head += `${list[i]}: ${list[i + 1]}\r\n`;
    }
    head += `date: ${this.#date}\r\n${options.isLast ? 'connection: close\r\n' : this.#keepAlive}\r\n`;
    const bytes = Buffer.allocUnsafeSlow(head.length + (options.isHead ? 0 : body.length));
    bytes.write(head, 'latin1');
    if (!options.isHead) bytes.set(body, head.length);
    return bytes;
  }
}

type AcceptedKind = OtlpEncoding | `${OtlpEncoding} last`;

/** Response to a request with `Expect: 100-continue`. */
export const CONTINUE: Buffer = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');

/** Returns the response to an invalid request. */
export function responseForParseError({ status, reason }: ParseError): HttpResponse {
  const body = Buffer.from(`${reason}\n`);
  return {
    status,
    headers: ['content-type', 'text/plain; charset=utf-8', 'content-length', String(body.length)],
    body,
  };
}
