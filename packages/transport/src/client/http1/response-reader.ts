import { ChunkedReader } from '../../http1/chunked.ts';
import { FieldBlock, type HeadLimits } from '../../http1/field-block.ts';
import { type Fields, parseFields } from '../../http1/fields.ts';

/** The parsed head of a response. */
export interface ResponseHead {
  readonly status: number;
  /** Headers by lower-case name, excluding the message framing headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the connection stays open for further requests. */
  readonly keepAlive: boolean;
}

/**
 * Parses consecutive responses (RFC 9112). Skips informational responses. A body ends at its content length, its last
 * chunk or the end of the connection.
 */
export class ResponseReader {
  /** Set once the head has arrived. */
  head: ResponseHead | undefined;
  /** Whether the response is complete. */
  isDone = false;
  /** Whether more bytes follow the end of the response. */
  hasMore = false;
  /** Why the bytes are not a valid response. */
  error: string | undefined;
  readonly #maxBodyBytes: number;
  readonly #block = new FieldBlock(LIMITS);
  #chunked: ChunkedReader | undefined;
  /** Remaining bytes of the body; infinite if the body ends when the connection closes. */
  #rest = 0;
  #chunks: Buffer[] = [];
  #length = 0;
  #hasBegun = false;
  /** The most recent head, as received and parsed. */
  #lastText = '';
  #last: ParsedHead = NO_HEAD;

  constructor(maxBodyBytes: number) {
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** Whether any bytes have arrived. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Whether the body exceeds the limit. The body is then discarded. */
  get isTooLong(): boolean {
    return this.#length > this.#maxBodyBytes;
  }

  /** The received part of the body. */
  get body(): Buffer {
    const [only, ...more] = this.#chunks;
    return only !== undefined && more.length === 0 ? only : Buffer.concat(this.#chunks);
  }

  /** Prepares for the next response. */
  reset(): void {
    this.head = undefined;
    this.isDone = false;
    this.#chunked = undefined;
    this.#rest = 0;
    this.#chunks = [];
    this.#length = 0;
    this.#hasBegun = false;
  }

  /** Processes received bytes. */
  read(chunk: Buffer): void {
    this.#hasBegun = true;
    let at = 0;
    while (at < chunk.length && this.error === undefined && !this.isDone) {
      if (this.head === undefined) at = this.#readHead(chunk, at);
      else at = this.#chunked === undefined ? this.#readRun(chunk, at) : this.#readChunks(this.#chunked, chunk, at);
    }
    this.hasMore = at < chunk.length;
  }

  /** Handles the end of the connection, which completes a body of unknown length. */
  end(): void {
    if (this.head !== undefined && this.#rest === Number.POSITIVE_INFINITY) this.isDone = true;
  }

  #readHead(chunk: Buffer, at: number): number {
    const end = this.#block.read(chunk, at);
    if (end < 0) {
      if (this.#block.parseError !== undefined)
        this.error = `expected an HTTP/1.1 response: ${this.#block.parseError.reason}`;
      return chunk.length;
    }
    const { text } = this.#block;
    this.#block.reset();
    this.#endHead(text);
    return end;
  }

  #endHead(text: string): void {
    // The heads of a server's responses usually differ only in the `Date` header, which changes once per second.
    if (text !== this.#lastText) {
      this.#last = this.#parse(text);
      this.#lastText = text;
    }
    const { status, headers, framing, isHttp11 } = this.#last;
    // Informational responses precede the final one. The client never requests a protocol switch.
    if (this.error !== undefined || (status < 200 && status !== 101)) return;
    this.#frame(status, framing.contentLength, framing.transferEncoding);
    const keepAlive = keepsAlive(headers['connection'], isHttp11) && this.#rest !== Number.POSITIVE_INFINITY;
    this.head = { status, headers, keepAlive };
  }

  #parse(text: string): ParsedHead {
    const lineEnd = text.indexOf('\r\n');
    const line = text.slice(0, lineEnd);
    const [, minor, code] = STATUS_LINE.exec(line) ?? [];
    const fields = parseFields(text.slice(lineEnd + 2));
    if (code === undefined) this.error = `expected an HTTP/1.1 response, got ${JSON.stringify(line.slice(0, 40))}`;
    else if ('kind' in fields) this.error = `expected an HTTP/1.1 response: ${fields.reason}`;
    else return { status: Number(code), ...fields, isHttp11: minor === '1' };
    return NO_HEAD;
  }

  /** Determines the length of the body (RFC 9112, 6.3). */
  #frame(status: number, contentLength: string | undefined, transferEncoding: string | undefined): void {
    if (status === 204 || status === 304) this.isDone = true;
    else if (transferEncoding !== undefined) {
      if (transferEncoding.toLowerCase() === 'chunked') this.#chunked = new ChunkedReader(LIMITS);
      else this.#rest = Number.POSITIVE_INFINITY;
    } else if (contentLength === undefined) this.#rest = Number.POSITIVE_INFINITY;
    else if (/^[0-9]{1,15}$/.test(contentLength)) {
      this.#rest = Number(contentLength);
      this.isDone = this.#rest === 0;
    } else this.error = 'content-length: expected a number of bytes';
  }

  #readRun(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#rest);
    this.#rest -= end - at;
    this.#keep(chunk.subarray(at, end));
    this.isDone = this.#rest === 0;
    return end;
  }

  #readChunks(chunked: ChunkedReader, chunk: Buffer, at: number): number {
    const end = chunked.read(chunk, at);
    this.error = chunked.parseError?.reason;
    if (chunked.dataEnd > chunked.dataStart) this.#keep(chunk.subarray(chunked.dataStart, chunked.dataEnd));
    this.isDone = chunked.isDone;
    return end;
  }

  #keep(run: Buffer): void {
    this.#length += run.length;
    if (this.isTooLong) this.#chunks = [];
    else this.#chunks.push(run);
  }
}

interface ParsedHead extends Fields {
  readonly status: number;
  readonly isHttp11: boolean;
}

const NO_HEAD: ParsedHead = {
  status: 0,
  headers: {},
  framing: { contentLength: undefined, transferEncoding: undefined },
  isHttp11: true,
};
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5][0-9]{2})(?: .*)?$/;
const MAX_HEAD_BYTES = 16 * 1024;
const LIMITS: HeadLimits = { maxHeaderBytes: MAX_HEAD_BYTES, maxRequestLineBytes: MAX_HEAD_BYTES, maxHeaderCount: 100 };

function keepsAlive(connection: string | undefined, isByDefault: boolean): boolean {
  if (connection === undefined) return isByDefault;
  const options = connection
    .toLowerCase()
    .split(',')
    .map((option) => option.trim());
  return !options.includes('close') && (isByDefault || options.includes('keep-alive'));
}
