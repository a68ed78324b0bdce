import { STATUS_CODES } from 'node:http';
import type { OtlpEncoding } from '@otelier/otlp';
import type { ParseError } from '../../http1/parse-error.ts';
import { type HttpResponse, httpResponseForOutcome } from '../outcome-mapping.ts';

/** How one answer is written. */
export interface Manner {
  /** Names and values in turn, beside those of the answer. */
  readonly moreHeaders: readonly string[];
  /** Whether the connection ends with it. */
  readonly isLast: boolean;
  /** Whether its body is left out, as an answer to HEAD must. */
  readonly isHead: boolean;
}

/** Answers as bytes. The one that is given all day long, success without reservation, is made once a second. */
export class Responses {
  readonly #keepAlive: string;
  #date = '';
  #accepted: Partial<Record<AcceptedKind, Buffer>> = {};

  constructor(nowMillis: number, idleTimeoutMillis: number) {
    // Clients that know when we shall close do not send into a connection that is about to go.
    const seconds = Math.max(1, Math.floor(idleTimeoutMillis / 1000));
    this.#keepAlive = `connection: keep-alive\r\nkeep-alive: timeout=${seconds}\r\n`;
    this.setTime(nowMillis);
  }

  /** RFC 9110, 6.6.1: every answer has the date, to the second. */
  setTime(nowMillis: number): void {
    const date = new Date(nowMillis).toUTCString();
    if (date === this.#date) return;
    this.#date = date;
    // A former one may still be waiting in a socket, so it is left as it is.
    this.#accepted = {};
  }

  /** `accepted`, with the answer to a request in this encoding. */
  accepted(encoding: OtlpEncoding, isLast: boolean): Buffer {
    const kind: AcceptedKind = isLast ? `${encoding} last` : encoding;
    this.#accepted[kind] ??= this.write(httpResponseForOutcome({ kind: 'accepted' }, encoding, 'traces'), {
      moreHeaders: [],
      isLast,
      isHead: false,
    });
    return this.#accepted[kind];
  }

  write(response: HttpResponse, manner: Manner): Buffer {
    const { status, body } = response;
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
    for (const list of [response.headers, manner.moreHeaders]) {
      for (let i = 0; i + 1 < list.length; i += 2) head += `${list[i]}: ${list[i + 1]}\r\n`;
    }
    head += `date: ${this.#date}\r\n${manner.isLast ? 'connection: close\r\n' : this.#keepAlive}\r\n`;
    const bytes = Buffer.allocUnsafeSlow(head.length + (manner.isHead ? 0 : body.length));
    bytes.write(head, 'latin1');
    if (!manner.isHead) bytes.set(body, head.length);
    return bytes;
  }
}

type AcceptedKind = OtlpEncoding | `${OtlpEncoding} last`;

/** Tells a client that asks first to send its body. */
export const CONTINUE: Buffer = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');

/** What is said to a client whose bytes are no request. */
export function responseForParseError({ status, reason }: ParseError): HttpResponse {
  const body = Buffer.from(`${reason}\n`);
  return {
    status,
    headers: ['content-type', 'text/plain; charset=utf-8', 'content-length', String(body.length)],
    body,
  };
}
