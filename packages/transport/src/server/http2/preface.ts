import { PREFACE } from '../../http2/frames.ts';

/** A client's protocol, detected from its first bytes. */
export type Protocol = 'unknown' | 'http2' | 'http1' | 'other';

/** Reads the first bytes from a client (RFC 9113, 3.4), split at arbitrary offsets. */
export class PrefaceReader {
  protocol: Protocol = 'unknown';
  #seen = '';

  /** Reads bytes until the protocol is known. Returns the index after them. */
  read(chunk: Uint8Array, end: number): number {
    let at = 0;
    while (at < end && this.protocol === 'unknown') {
      this.#seen += String.fromCharCode(chunk[at]);
      this.protocol = detect(this.#seen);
      at += 1;
    }
    return at;
  }
}

const HTTP2 = Buffer.from(PREFACE).toString('latin1');
const HTTP1 = ['GET ', 'HEAD ', 'POST ', 'PUT ', 'DELETE ', 'CONNECT ', 'OPTIONS ', 'TRACE ', 'PATCH '];

function detect(seen: string): Protocol {
  if (seen === HTTP2) return 'http2';
  if (HTTP1.includes(seen)) return 'http1';
  return [HTTP2, ...HTTP1].some((start) => start.startsWith(seen)) ? 'unknown' : 'other';
}

/** Returns a human-readable response to an HTTP/1.1 request, after which the connection is closed. */
export function http1Response(message: string): Buffer {
  const body = `${message}\n`;
  return Buffer.from(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
