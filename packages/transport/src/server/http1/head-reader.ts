import { FieldBlock, type HeadLimits } from '../../http1/field-block.ts';
import { malformed, type ParseError } from '../../http1/parse-error.ts';
import { parseHead, type RequestHead } from './head.ts';

/** A request head and its verdict. */
export interface FoundHead<V> {
  readonly head: RequestHead;
  readonly verdict: V;
  /**
   * Length of the body; `undefined` if it is chunked. (`head` may be cached from a request with a different length.)
   */
  readonly contentLength: number | undefined;
}

/**
 * Reads the request heads of one connection. A client's heads usually differ only in their content length, so the last
 * few are cached with their verdicts (`V`), and a head is compared with those before it is parsed.
 */
export class HeadReader<V> {
  /** The head found by the last `read`. Valid until the next call. */
  found: FoundHead<V> | undefined;
  parseError: ParseError | undefined;
  readonly #check: (head: RequestHead) => V;
  readonly #block: FieldBlock;
  readonly #known: KnownHead<V>[] = [];
  #oldest = 0;
  /** Number of consecutive cache misses. */
  #misses = 0;
  #skippedLine = false;

  constructor(limits: HeadLimits, check: (head: RequestHead) => V) {
    this.#block = new FieldBlock(limits);
    this.#check = check;
  }

  /** Whether no part of a head has arrived yet. */
  get isEmpty(): boolean {
    return this.#block.isEmpty;
  }

  /** Reads from `at`. Returns the index after the head, or -1 if it is incomplete or there is a parse error. */
  read(chunk: Buffer, at: number): number {
    if (this.#block.isEmpty) {
      for (const known of this.#known) {
        const end = known.matches(chunk, at);
        if (end === 0) continue;
        this.#misses = 0;
        return this.#find(known, end);
      }
    }
    const end = this.#block.read(chunk, at);
    if (end < 0) {
      this.parseError = this.#block.parseError;
      return -1;
    }
    const { text } = this.#block;
    this.#block.reset();
    return text === '\r\n' ? this.#skipLine(chunk, end) : this.#parse(text, end);
  }

  /** RFC 9112, 2.2: old clients send an extra empty line after a body, which is not included in its length. */
  #skipLine(chunk: Buffer, at: number): number {
    if (this.#skippedLine) return this.#refuse(malformed('expected a request, got empty lines'));
    this.#skippedLine = true;
    return at < chunk.length ? this.read(chunk, at) : -1;
  }

  #parse(text: string, end: number): number {
    const head = parseHead(text);
    if (head.kind === 'parseError') return this.#refuse(head);
    const verdict = this.#check(head);
    if (!this.#isWorthKeeping(text)) {
      return this.#find({ head, verdict, contentLength: head.contentLength }, end);
    }
    const known = new KnownHead(text, head, verdict);
    this.#known[this.#oldest] = known;
    this.#oldest = (this.#oldest + 1) % MAX_KNOWN;
    return this.#find(known, end);
  }

  /**
   * Reports whether to cache a head. Stops caching for clients whose heads always differ, for example in a request ID.
   */
  #isWorthKeeping(text: string): boolean {
    this.#misses++;
    return text.length <= MAX_KNOWN_BYTES && (this.#misses <= MAX_KNOWN || this.#misses % 64 === 0);
  }

  #find(found: FoundHead<V>, end: number): number {
    this.found = found;
    this.#skippedLine = false;
    return end;
  }

  #refuse(error: ParseError): -1 {
    this.parseError = error;
    return -1;
  }
}

/** One per signal and a spare. */
const MAX_KNOWN = 4;
const MAX_KNOWN_BYTES = 1024;

/** A parsed head, stored as the two byte sequences around the digits of its content length. */
class KnownHead<V> implements FoundHead<V> {
  readonly head: RequestHead;
  readonly verdict: V;
  /** Content length of the most recent match. */
  contentLength: number | undefined;
  readonly #before: Buffer;
  readonly #after: Buffer;

  constructor(text: string, head: RequestHead, verdict: V) {
    this.head = head;
    this.verdict = verdict;
    this.contentLength = head.contentLength;
    // A valid head has at most one `Content-Length`, consisting of digits.
    const length = /\r\ncontent-length:[ \t]*(?=([0-9]+))/i.exec(text);
    const digitsAt = length === null ? text.length : length.index + length[0].length;
    this.#before = Buffer.from(text.slice(0, digitsAt), 'latin1');
    this.#after = Buffer.from(text.slice(digitsAt + (length?.[1] ?? '').length), 'latin1');
  }

  /**
   * Returns the index after a complete head at `at` that differs at most in its content length, or 0 if there is none.
   */
  matches(chunk: Buffer, at: number): number {
    const before = this.#before;
    const after = this.#after;
    let end = at + before.length;
    if (chunk.length < end + after.length || !isAt(before, chunk, at)) return 0;
    if (after.length === 0) return end;
    let contentLength = 0;
    const digitsAt = end;
    for (; end < chunk.length; end++) {
      const digit = (chunk[end] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) break;
      contentLength = contentLength * 10 + digit;
    }
    if (end === digitsAt || end - digitsAt > MAX_DIGITS || !isAt(after, chunk, end)) return 0;
    this.contentLength = contentLength;
    return end + after.length;
  }
}

const ZERO = 48;
const MAX_DIGITS = 15;

function isAt(bytes: Buffer, chunk: Buffer, at: number): boolean {
  return at + bytes.length <= chunk.length && chunk.compare(bytes, 0, bytes.length, at, at + bytes.length) === 0;
}
