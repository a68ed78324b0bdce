import { releaseBytes, takeBytes } from '@otelier/otlp';

/** A body that is larger than its limit. */
export class BodyLimitError extends Error {
  override readonly name = 'BodyLimitError';

  constructor(maxBytes: number) {
    super(`expected a page of at most ${maxBytes} bytes, got more`);
  }
}

/** A response that is not HTTP/1.1. */
export class ResponseError extends Error {
  override readonly name = 'ResponseError';
}

/** Size of the status line and headers. Larger ones are an error, as with Node's own client. */
const MAX_HEAD_BYTES = 16 << 10;
/** Size of a line in a chunked body. */
const MAX_LINE_BYTES = 4 << 10;
/** Memory for a body before any of it has arrived, whatever length it is said to have. */
const MAX_INITIAL_BYTES = 1 << 20;
const MIN_INITIAL_BYTES = 4 << 10;

type State = 'head' | 'length' | 'chunkSize' | 'chunk' | 'chunkEnd' | 'trailer' | 'untilEnd' | 'done';

/**
 * Reads one response of HTTP/1.1 (RFC 9112) from the bytes of a connection. Its body is in memory of the pool, which
 * `release` returns. Throws a `ResponseError` or `BodyLimitError`.
 */
export class ResponseReader {
  status = 0;
  readonly headers = new Map<string, string>();
  readonly #maxBytes: number;
  #state: State = 'head';
  /** An incomplete head, or an incomplete line of a chunked body. */
  #partial = '';
  #isReusable = true;
  /** Bytes that are missing of the body, or of its chunk. */
  #missing = 0;
  #body: Uint8Array<ArrayBuffer>;
  #size = 0;

  /** `expectedBytes` is the probable size of a body whose length is not known. */
  constructor(maxBytes: number, expectedBytes: number) {
    this.#maxBytes = maxBytes;
    this.#body = takeBytes(Math.max(MIN_INITIAL_BYTES, Math.min(expectedBytes, maxBytes, MAX_INITIAL_BYTES)));
  }

  /** The body, which is valid until `release`. */
  get body(): Buffer {
    return Buffer.from(this.#body.buffer, this.#body.byteOffset, this.#size);
  }

  get isDone(): boolean {
    return this.#state === 'done';
  }

  /** Whether the connection can be used for another request. */
  get isReusable(): boolean {
    return this.#isReusable && this.#state === 'done';
  }

  /** Returns the memory of the body to the pool. */
  release(): void {
    releaseBytes(this.#body);
  }

  /** Reads bytes, which may be used again afterwards. */
  read(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length && this.#state !== 'done') at = this.#step(bytes, at);
    // Bytes that no request asked for.
    if (at < bytes.length) this.#isReusable = false;
  }

  /** Reads the end of the connection. */
  end(): void {
    if (this.#state === 'untilEnd') this.#state = 'done';
    else if (this.#state !== 'done')
      throw new ResponseError('expected a whole response, got the end of the connection');
  }

  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'head':
        return this.#head(bytes, at);
      case 'length':
      case 'chunk':
      case 'untilEnd':
        return this.#append(bytes, at);
      default:
        return this.#line(bytes, at);
    }
  }

  #head(bytes: Buffer, at: number): number {
    const before = this.#partial.length;
    // The end of the head may be split.
    const text = this.#partial + bytes.toString('latin1', at, Math.min(bytes.length, at + MAX_HEAD_BYTES + 4));
    const end = text.indexOf('\r\n\r\n', Math.max(0, before - 3));
    if (end < 0 ? text.length > MAX_HEAD_BYTES : end > MAX_HEAD_BYTES)
      throw new ResponseError(`expected headers of at most ${MAX_HEAD_BYTES} bytes, got more`);
    if (end < 0) {
      this.#partial = text;
      return bytes.length;
    }
    this.#partial = '';
    this.#parseHead(text.slice(0, end));
    return at + end + 4 - before;
  }

  #parseHead(head: string): void {
    const [first = '', ...lines] = head.split('\r\n');
    const match = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(first);
    if (match === null) throw new ResponseError(`expected HTTP/1.1, got ${JSON.stringify(first.slice(0, 40))}`);
    this.status = Number(match[2]);
    // Such as 103, which precedes the response.
    if (this.status < 200) return;
    this.headers.clear();
    for (const line of lines) this.#parseHeader(line);
    const connection = (this.headers.get('connection') ?? '').toLowerCase();
    this.#isReusable = match[1] === '1' ? !connection.includes('close') : connection.includes('keep-alive');
    this.#beginBody();
  }

  #parseHeader(line: string): void {
    const colon = line.indexOf(':');
    if (colon <= 0 || /[^!#$%&'*+.^_`|~\w-]/.test(line.slice(0, colon)))
      throw new ResponseError(`expected a header, got ${JSON.stringify(line.slice(0, 40))}`);
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const known = this.headers.get(name);
    this.headers.set(name, known === undefined ? value : `${known}, ${value}`);
  }

  #beginBody(): void {
    const coding = this.headers.get('transfer-encoding');
    const length = this.headers.get('content-length');
    if (this.status === 204 || this.status === 304) this.#state = 'done';
    else if (coding !== undefined) {
      if (coding.toLowerCase() !== 'chunked' || length !== undefined)
        throw new ResponseError(`expected a chunked body without a length, got ${JSON.stringify(coding.slice(0, 40))}`);
      this.#state = 'chunkSize';
    } else if (length === undefined) {
      this.#isReusable = false;
      this.#state = 'untilEnd';
    } else {
      if (!/^\d{1,15}$/.test(length))
        throw new ResponseError(`content-length: expected a number, got ${JSON.stringify(length.slice(0, 40))}`);
      this.#expect(Number(length), 'length');
      if (this.#missing === 0) this.#state = 'done';
    }
  }

  /** Expects more of the body. */
  #expect(bytes: number, state: State): void {
    if (this.#size + bytes > this.#maxBytes) throw new BodyLimitError(this.#maxBytes);
    this.#missing = bytes;
    this.#state = state;
  }

  #append(bytes: Buffer, at: number): number {
    const isOpen = this.#state === 'untilEnd';
    const end = isOpen ? bytes.length : Math.min(bytes.length, at + this.#missing);
    const size = this.#size + end - at;
    if (size > this.#maxBytes) throw new BodyLimitError(this.#maxBytes);
    if (size > this.#body.length) this.#grow(Math.max(size, Math.min(2 * this.#body.length, this.#maxBytes)));
    bytes.copy(this.#body, this.#size, at, end);
    this.#size = size;
    if (isOpen) return end;
    this.#missing -= end - at;
    if (this.#missing === 0) this.#state = this.#state === 'chunk' ? 'chunkEnd' : 'done';
    return end;
  }

  #grow(size: number): void {
    const grown = takeBytes(size);
    grown.set(this.#body.subarray(0, this.#size));
    releaseBytes(this.#body);
    this.#body = grown;
  }

  /** Reads a line of a chunked body. */
  #line(bytes: Buffer, at: number): number {
    const newline = bytes.indexOf(0x0a, at);
    const end = newline < 0 ? bytes.length : newline + 1;
    this.#partial += bytes.toString('latin1', at, Math.min(end, at + MAX_LINE_BYTES + 1));
    if (this.#partial.length > MAX_LINE_BYTES)
      throw new ResponseError(`expected lines of at most ${MAX_LINE_BYTES} bytes in a chunked body, got more`);
    if (newline < 0) return end;
    const line = this.#partial;
    this.#partial = '';
    if (!line.endsWith('\r\n')) throw new ResponseError('expected CRLF at the end of a line in a chunked body');
    this.#parseLine(line.slice(0, -2));
    return end;
  }

  #parseLine(line: string): void {
    if (this.#state === 'trailer') {
      if (line === '') this.#state = 'done';
      return;
    }
    if (this.#state === 'chunkEnd') {
      if (line !== '') throw new ResponseError(`expected the end of a chunk, got ${JSON.stringify(line.slice(0, 40))}`);
      this.#state = 'chunkSize';
      return;
    }
    const size = /^([0-9a-fA-F]{1,12})[ \t]*(?:;.*)?$/.exec(line)?.[1];
    if (size === undefined)
      throw new ResponseError(`expected the size of a chunk, got ${JSON.stringify(line.slice(0, 40))}`);
    const bytes = Number.parseInt(size, 16);
    if (bytes === 0) this.#state = 'trailer';
    else this.#expect(bytes, 'chunk');
  }
}
