import { PREFACE } from '../../http2/frames.ts';

/** What a client has turned out to speak, by its first bytes. */
export type Spoken = 'unknown yet' | 'http2' | 'http1' | 'other';

/** Reads what a client sends first (RFC 9113, 3.4), however it is cut. */
export class PrefaceReader {
  spoken: Spoken = 'unknown yet';
  #seen = '';

  /** Takes bytes until it knows, and gives the place behind them. */
  read(chunk: Uint8Array, end: number): number {
    let at = 0;
    while (at < end && this.spoken === 'unknown yet') {
      this.#seen += String.fromCharCode(chunk[at]);
      this.spoken = check(this.#seen);
      at += 1;
    }
    return at;
  }
}

const HTTP2 = Buffer.from(PREFACE).toString('latin1');
const HTTP1 = ['GET ', 'HEAD ', 'POST ', 'PUT ', 'DELETE ', 'CONNECT ', 'OPTIONS ', 'TRACE ', 'PATCH '];

function check(seen: string): Spoken {
  if (seen === HTTP2) return 'http2';
  if (HTTP1.includes(seen)) return 'http1';
  return [HTTP2, ...HTTP1].some((start) => start.startsWith(seen)) ? 'unknown yet' : 'other';
}

/** An answer to HTTP/1.1 that people can read, after which the connection is closed. */
export function http1Response(sentence: string): Buffer {
  const body = `${sentence}\n`;
  return Buffer.from(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
