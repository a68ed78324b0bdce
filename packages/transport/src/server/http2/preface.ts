import { PREFACE } from '../../http2/frames.ts';

/** Reads what a client sends first (RFC 9113, 3.4), however it is cut. */
export class PrefaceReader {
  #matched = 0;
  #mismatch = '';

  /** What has come instead, as far as it has come. */
  get mismatch(): string {
    return this.#mismatch;
  }

  get isComplete(): boolean {
    return this.#matched === PREFACE.length;
  }

  /** Takes bytes up to the end of the preface and gives the place behind them; `undefined` when it is none. */
  read(chunk: Uint8Array, end: number): number | undefined {
    let at = 0;
    for (; at < end && this.#matched < PREFACE.length; at++, this.#matched++) {
      if (chunk[at] !== PREFACE[this.#matched]) {
        const before = Buffer.from(PREFACE.subarray(0, this.#matched - at)).toString('latin1');
        this.#mismatch = before + Buffer.from(chunk.subarray(0, Math.min(end, SHOWN_BYTES))).toString('latin1');
        return undefined;
      }
    }
    return at;
  }
}

const SHOWN_BYTES = 16;

/** Whether these are the first characters of a request in HTTP/1. */
export function isHttp1(start: string): boolean {
  return /^(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH) /.test(start);
}

/** An answer to HTTP/1.1 that people can read, after which the connection is closed. */
export function http1Answer(sentence: string): Buffer {
  const body = `${sentence}\n`;
  return Buffer.from(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
