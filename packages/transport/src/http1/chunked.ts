import { FieldBlock, type HeadLimits } from './field-block.ts';
import { parseFields } from './fields.ts';
import { malformed, type ParseError } from './parse-error.ts';

/**
 * Parses the framing of a chunked body (RFC 9112, 7.1): separates data from framing and detects the end of the body.
 */
export class ChunkedReader {
  /** Start of the data returned by the last `read`: `chunk[dataStart, dataEnd)`. */
  dataStart = 0;
  dataEnd = 0;
  isDone = false;
  parseError: ParseError | undefined;
  readonly #limits: HeadLimits;
  #state: 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailers' = 'size';
  #size = 0;
  #digits = 0;
  #extension = '';
  #extensionBytes = 0;
  #trailers: FieldBlock | undefined;

  constructor(limits: HeadLimits) {
    this.#limits = limits;
  }

  /** Reads from `at` up to the end of the next run of data. Returns the index after the consumed bytes. */
  read(chunk: Buffer, at: number): number {
    this.dataStart = this.dataEnd = at;
    let i = at;
    while (i < chunk.length && !this.isDone && this.parseError === undefined) {
      if (this.#state === 'trailers') return this.#readTrailers(chunk, i);
      if (this.#state === 'data') {
        this.dataStart = i;
        this.dataEnd = Math.min(i + this.#size, chunk.length);
        this.#size -= this.dataEnd - i;
        if (this.#size === 0) this.#state = 'data-cr';
        return this.dataEnd;
      }
      this.#readByte(chunk[i] ?? 0);
      i++;
    }
    return i;
  }

  #readByte(byte: number): void {
    if (this.#state === 'size') this.#readSize(byte);
    else if (this.#state === 'extension') this.#readExtension(byte);
    else if (byte !== (this.#state === 'data-cr' ? CR : LF)) this.#refuse('expected CRLF after a chunk and its size');
    else if (this.#state === 'data-cr') this.#state = 'data-lf';
    else if (this.#state === 'data-lf') this.#state = 'size';
    else this.#endSize();
  }

  #endSize(): void {
    this.#digits = 0;
    this.#state = this.#size === 0 ? 'trailers' : 'data';
  }

  #readSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.#size = this.#size * 16 + digit;
      this.#digits++;
      if (this.#digits > MAX_SIZE_DIGITS) this.#refuse(`expected at most ${MAX_SIZE_DIGITS} digits of a chunk's size`);
    } else if (this.#digits === 0) {
      this.#refuse('expected the size of a chunk in hexadecimal digits');
    } else if (byte === CR) {
      this.#state = 'size-lf';
    } else if (byte === SEMICOLON) {
      this.#state = 'extension';
      this.#readExtension(byte);
    } else {
      this.#refuse('expected CRLF or an extension after the size of a chunk');
    }
  }

  /** Validates chunk extensions, which are otherwise ignored. Their total size is limited. */
  #readExtension(byte: number): void {
    if (byte === CR) {
      if (!EXTENSIONS.test(this.#extension)) this.#refuse('expected extensions of a chunk such as ";name=value"');
      this.#extension = '';
      this.#state = 'size-lf';
      return;
    }
    this.#extension += String.fromCharCode(byte);
    this.#extensionBytes++;
    if (this.#extensionBytes > MAX_EXTENSION_BYTES) {
      this.#refuse(`expected at most ${MAX_EXTENSION_BYTES} bytes of chunk extensions`);
    }
  }

  #readTrailers(chunk: Buffer, at: number): number {
    const { maxHeaderBytes } = this.#limits;
    this.#trailers ??= new FieldBlock({ ...this.#limits, maxRequestLineBytes: maxHeaderBytes });
    const end = this.#trailers.read(chunk, at);
    this.parseError = this.#trailers.parseError;
    if (end < 0) return chunk.length;
    const fields = parseFields(this.#trailers.text);
    if ('kind' in fields) this.parseError = fields;
    else if (fields.framing.contentLength !== undefined || fields.framing.transferEncoding !== undefined) {
      this.#refuse('expected trailers without content-length and transfer-encoding');
    } else this.isDone = true;
    return end;
  }

  #refuse(reason: string): void {
    this.parseError = malformed(reason);
  }
}

const CR = 13;
const LF = 10;
const SEMICOLON = 59;
/** Far larger than any accepted body, yet exactly representable as a double. */
const MAX_SIZE_DIGITS = 12;
const MAX_EXTENSION_BYTES = 1024;
/** RFC 9112, 7.1.1, without the "bad" whitespace, which the RFC allows only for compatibility. */
const EXTENSIONS =
  /^(?:;[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:=(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"(?:[\t \x21\x23-\x5b\x5d-\x7e]|\\[\t\x20-\x7e])*"))?)+$/;

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
