import { ChunkedReader } from '../../http1/chunked.ts';
import { FieldBlock, type HeadLimits } from '../../http1/field-block.ts';
import { type Fields, parseFields } from '../../http1/fields.ts';

/** What the head of a response says. */
export interface ResponseHead {
  readonly status: number;
  /** By lower-case name, without those that frame the message. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the connection may serve further requests. */
  readonly keepAlive: boolean;
}

/**
 * Reads the answer to one request after the other (RFC 9112). Informational answers are passed over; a body ends by its length,
 * with its last chunk, or with the connection.
 */
export class ResponseReader {
  /** Set once the head of the answer has come. */
  head: ResponseHead | undefined;
  /** Whether the answer is whole. */
  isDone = false;
  /** Whether something has come after the end of the answer. */
  hasMore = false;
  /** Why what came is no answer. */
  errorMessage: string | undefined;
  readonly #maxBodyBytes: number;
  readonly #block = new FieldBlock(LIMITS);
  #chunked: ChunkedReader | undefined;
  /** Bytes of the body that are still to come; infinite when only the connection's end tells. */
  #rest = 0;
  #chunks: Buffer[] = [];
  #length = 0;
  #hasBegun = false;
  /** The head that came last, and what was found in it. */
  #lastText = '';
  #last: ParsedHead = NO_HEAD;

  constructor(maxBodyBytes: number) {
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** Whether anything has come. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Whether the body has become longer than it may; nothing of it is kept then. */
  get isTooLong(): boolean {
    return this.#length > this.#maxBodyBytes;
  }

  /** The body as far as it has come. */
  get body(): Buffer {
    const [only, ...more] = this.#chunks;
    return only !== undefined && more.length === 0 ? only : Buffer.concat(this.#chunks);
  }

  /** Makes ready for the next answer. */
  reset(): void {
    this.head = undefined;
    this.isDone = false;
    this.#chunked = undefined;
    this.#rest = 0;
    this.#chunks = [];
    this.#length = 0;
    this.#hasBegun = false;
  }

  /** Takes what has come. */
  read(chunk: Buffer): void {
    this.#hasBegun = true;
    let at = 0;
    while (at < chunk.length && this.errorMessage === undefined && !this.isDone) {
      if (this.head === undefined) at = this.#readHead(chunk, at);
      else at = this.#chunked === undefined ? this.#readRun(chunk, at) : this.#readChunks(this.#chunked, chunk, at);
    }
    this.hasMore = at < chunk.length;
  }

  /** The connection has ended, and with it a body whose end nothing else tells. */
  end(): void {
    if (this.head !== undefined && this.#rest === Number.POSITIVE_INFINITY) this.isDone = true;
  }

  #readHead(chunk: Buffer, at: number): number {
    const end = this.#block.read(chunk, at);
    if (end < 0) {
      if (this.#block.parseError !== undefined)
        this.errorMessage = `not an answer of HTTP/1.1: ${this.#block.parseError.reason}`;
      return chunk.length;
    }
    const { text } = this.#block;
    this.#block.reset();
    this.#takeHead(text);
    return end;
  }

  #takeHead(text: string): void {
    // A server's answers are the same from one to the next but for their date, which changes every second.
    if (text !== this.#lastText) {
      this.#last = this.#parse(text);
      this.#lastText = text;
    }
    const { status, headers, framing, isHttp11 } = this.#last;
    // Continue, and others that come before the answer; nobody has asked to switch protocols.
    if (this.errorMessage !== undefined || (status < 200 && status !== 101)) return;
    this.#frame(status, framing.contentLength, framing.transferEncoding);
    const keepAlive = keepsAlive(headers['connection'], isHttp11) && this.#rest !== Number.POSITIVE_INFINITY;
    this.head = { status, headers, keepAlive };
  }

  #parse(text: string): ParsedHead {
    const lineEnd = text.indexOf('\r\n');
    const line = text.slice(0, lineEnd);
    const [, minor, code] = STATUS_LINE.exec(line) ?? [];
    const fields = parseFields(text.slice(lineEnd + 2));
    if (code === undefined)
      this.errorMessage = `not an answer of HTTP/1.1: it begins with ${JSON.stringify(line.slice(0, 40))}`;
    else if ('kind' in fields) this.errorMessage = `not an answer of HTTP/1.1: ${fields.reason}`;
    else return { status: Number(code), ...fields, isHttp11: minor === '1' };
    return NO_HEAD;
  }

  /** RFC 9112, 6.3. */
  #frame(status: number, contentLength: string | undefined, transferEncoding: string | undefined): void {
    if (status === 204 || status === 304) this.isDone = true;
    else if (transferEncoding !== undefined) {
      if (transferEncoding.toLowerCase() === 'chunked') this.#chunked = new ChunkedReader(LIMITS);
      else this.#rest = Number.POSITIVE_INFINITY;
    } else if (contentLength === undefined) this.#rest = Number.POSITIVE_INFINITY;
    else if (/^[0-9]{1,15}$/.test(contentLength)) {
      this.#rest = Number(contentLength);
      this.isDone = this.#rest === 0;
    } else this.errorMessage = 'content-length: expected a number of bytes';
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
    this.errorMessage = chunked.parseError?.reason;
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
