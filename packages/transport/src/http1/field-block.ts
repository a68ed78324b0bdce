import { malformed, type ParseError, parseError } from './parse-error.ts';

/** Limits of a field block. */
export interface HeadLimits {
  readonly maxHeaderBytes: number;
  readonly maxRequestLineBytes: number;
  readonly maxHeaderCount: number;
}

/**
 * Lines up to an empty line, from any number of reads: the head of a request, or the trailers of a chunked body. Every
 * line ends with CRLF, and neither byte is allowed elsewhere. RFC 9112, 2.2, allows a server to accept a bare LF, but
 * disagreement between servers enables request smuggling.
 */
export class FieldBlock {
  /** The lines, including the empty line. Set once the block is complete. */
  text = '';
  parseError: ParseError | undefined;
  readonly #limits: HeadLimits;
  /** Bytes buffered from earlier reads. */
  #kept: Buffer | undefined;
  #length = 0;
  #lineLength = 0;
  #lines = 0;
  #afterCr = false;

  constructor(limits: HeadLimits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  reset(): void {
    this.text = '';
    this.#kept = undefined;
    this.#length = 0;
    this.#lineLength = 0;
    this.#lines = 0;
    this.#afterCr = false;
  }

  /** Reads from `at`. Returns the index after the empty line, or -1 if it has not arrived or there is a parse error. */
  read(chunk: Buffer, at: number): number {
    const end = this.#scan(chunk, at);
    if (this.parseError !== undefined) return -1;
    if (end < 0) {
      this.#keep(chunk, at, chunk.length);
    } else if (this.#kept === undefined) {
      this.text = chunk.toString('latin1', at, end);
    } else {
      const kept = this.#keep(chunk, at, end);
      this.text = kept.toString('latin1', 0, this.#length);
    }
    return end;
  }

  /** Processes every byte of every head, so the state is held in local variables. */
  #scan(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#limits.maxHeaderBytes - this.#length);
    let lineLength = this.#lineLength;
    let afterCr = this.#afterCr;
    for (let i = at; i < end; i++) {
      const byte = chunk[i] ?? 0;
      if (afterCr) {
        if (byte !== LF) return this.#refuse(malformed('expected CRLF at the end of a line, got a bare CR'));
        if (lineLength === 0) return i + 1;
        if (!this.#endLine(lineLength)) return -1;
        lineLength = 0;
        afterCr = false;
      } else if (isText(byte)) {
        lineLength++;
      } else if (byte === CR) {
        afterCr = true;
      } else {
        return this.#refuse(this.#notText(byte, lineLength));
      }
    }
    if (end < chunk.length) return this.#refuse(this.#tooLarge());
    this.#lineLength = lineLength;
    this.#afterCr = afterCr;
    if (this.#isTooLong(lineLength)) this.#refuse(this.#tooLongLine());
    return -1;
  }

  #endLine(lineLength: number): boolean {
    if (this.#isTooLong(lineLength)) this.#refuse(this.#tooLongLine());
    this.#lines++;
    if (this.#lines > this.#limits.maxHeaderCount + 1) this.#refuse(this.#tooMany());
    return this.parseError === undefined;
  }

  #isTooLong(lineLength: number): boolean {
    return this.#lines === 0 && lineLength > this.#limits.maxRequestLineBytes;
  }

  #keep(chunk: Buffer, at: number, end: number): Buffer {
    const needed = this.#length + end - at;
    let kept = this.#kept;
    if (kept === undefined || needed > kept.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed * 2, 512));
      kept?.copy(larger, 0, 0, this.#length);
      kept = larger;
      this.#kept = larger;
    }
    chunk.copy(kept, this.#length, at, end);
    this.#length = needed;
    return kept;
  }

  #refuse(error: ParseError): -1 {
    this.parseError = error;
    return -1;
  }

  #notText(byte: number, lineLength: number): ParseError {
    if (byte === LF) return malformed('expected CRLF at the end of a line, got a bare LF');
    return this.#lines === 0 && lineLength === 0 && byte === TLS_HANDSHAKE
      ? malformed('expected HTTP without TLS, got TLS')
      : malformed('expected text in the headers, got a control character');
  }

  #tooLarge(): ParseError {
    return parseError(431, `expected headers of at most ${this.#limits.maxHeaderBytes} bytes, got more`);
  }

  #tooMany(): ParseError {
    return parseError(431, `expected at most ${this.#limits.maxHeaderCount} headers, got more`);
  }

  #tooLongLine(): ParseError {
    return parseError(414, `expected a request line of at most ${this.#limits.maxRequestLineBytes} bytes, got more`);
  }
}

const LF = 10;
const CR = 13;
const TAB = 9;
/** First byte of a TLS connection: the content type of a handshake record. */
const TLS_HANDSHAKE = 0x16;

function isText(byte: number): boolean {
  return byte >= 0x20 ? byte !== 0x7f : byte === TAB;
}
