import { FieldBlock, type HeadLimits } from '../../http1/field-block.ts';
import { malformed, type ParseError } from '../../http1/parse-error.ts';
import { parseHead, type RequestHead } from './head.ts';

/** A head, and what was made of it. */
export interface FoundHead<V> {
  readonly head: RequestHead;
  readonly verdict: V;
  /** Length of the body; `undefined` when it comes in chunks. (The `head` may be one that was read for another length.) */
  readonly contentLength: number | undefined;
}

/**
 * Reads the heads of one connection. A client's heads are the same from request to request but for the content-length,
 * so the last few are kept with what was made of them (`V`), and a head is compared with those before it is parsed.
 */
export class HeadReader<V> {
  /** What `read` has found last; good until its next call. */
  found: FoundHead<V> | undefined;
  parseError: ParseError | undefined;
  readonly #check: (head: RequestHead) => V;
  readonly #block: FieldBlock;
  readonly #known: KnownHead<V>[] = [];
  #oldest = 0;
  /** Heads in a row that were not known. */
  #nonGrpcClients = 0;
  #skippedLine = false;

  constructor(limits: HeadLimits, check: (head: RequestHead) => V) {
    this.#block = new FieldBlock(limits);
    this.#check = check;
  }

  /** Whether nothing of a head has come yet. */
  get isEmpty(): boolean {
    return this.#block.isEmpty;
  }

  /** Reads on from `at`; gives the index after the head, or -1 when it is not whole yet or there is a refusal. */
  read(chunk: Buffer, at: number): number {
    if (this.#block.isEmpty) {
      for (const known of this.#known) {
        const end = known.matches(chunk, at);
        if (end === 0) continue;
        this.#nonGrpcClients = 0;
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
    return text === '\r\n' ? this.#skipLine(chunk, end) : this.#take(text, end);
  }

  /** RFC 9112, 2.2: old clients send an empty line after a body, which no length counts. */
  #skipLine(chunk: Buffer, at: number): number {
    if (this.#skippedLine) return this.#refuse(malformed('expected a request, got empty lines'));
    this.#skippedLine = true;
    return at < chunk.length ? this.read(chunk, at) : -1;
  }

  #take(text: string, end: number): number {
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

  /** Clients whose heads are never the same (each with an id of its own, say) are not waited for much longer. */
  #isWorthKeeping(text: string): boolean {
    this.#nonGrpcClients++;
    return text.length <= MAX_KNOWN_BYTES && (this.#nonGrpcClients <= MAX_KNOWN || this.#nonGrpcClients % 64 === 0);
  }

  #find(found: FoundHead<V>, end: number): number {
    this.found = found;
    this.#skippedLine = false;
    return end;
  }

  #refuse(why: ParseError): -1 {
    this.parseError = why;
    return -1;
  }
}

/** One for each signal and one to spare. */
const MAX_KNOWN = 4;
const MAX_KNOWN_BYTES = 1024;

/** A head that was parsed, as two runs of bytes around the digits of its content-length. */
class KnownHead<V> implements FoundHead<V> {
  readonly head: RequestHead;
  readonly verdict: V;
  /** Of the head that matched last. */
  contentLength: number | undefined;
  readonly #before: Buffer;
  readonly #after: Buffer;

  constructor(text: string, head: RequestHead, verdict: V) {
    this.head = head;
    this.verdict = verdict;
    this.contentLength = head.contentLength;
    // Heads that parse have at most one, and it has digits.
    const length = /\r\ncontent-length:[ \t]*(?=([0-9]+))/i.exec(text);
    const digitsAt = length === null ? text.length : length.index + length[0].length;
    this.#before = Buffer.from(text.slice(0, digitsAt), 'latin1');
    this.#after = Buffer.from(text.slice(digitsAt + (length?.[1] ?? '').length), 'latin1');
  }

  /** The index after the head that stands whole at `at` and differs at most in its content-length; 0 for another. */
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
