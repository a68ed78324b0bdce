import { Stream, type StreamCall, type StreamOwner } from './stream.ts';

/** The streams of one connection: those that are open, and what is known of those that were (RFC 9113, 5.1.1). */
export class StreamTable {
  /** The highest stream that the peer has opened. */
  lastId = 0;
  /**
   * Streams that take up room: open ones, and ones that were reset while their call goes on. Counting the latter is
   * what bounds the work of a peer who opens and resets in turn (CVE-2023-44487).
   */
  busyCount = 0;
  /**
   * The open stream that began last, and all others. Most calls come whole and are answered at once, before the next
   * stream begins, and never cost an entry in the map, which is a fifth of all that is done here for one
   * (`session.bench.ts`).
   */
  #newest: Stream | undefined;
  readonly #older = new Map<number, Stream>();
  readonly #owner: StreamOwner;
  readonly #createCall: (stream: Stream) => StreamCall;
  readonly #spare: Stream[] = [];
  /** Streams that we have ended while the peer was still sending; what is under way for them is thrown away. */
  readonly #abandoned = new Set<number>();
  /** The latest identifiers that the peer has passed over: closed without ever having been open. */
  #skippedFrom = 0;
  #skippedTo = 0;

  constructor(owner: StreamOwner, createCall: (stream: Stream) => StreamCall) {
    this.#owner = owner;
    this.#createCall = createCall;
  }

  get openCount(): number {
    return this.#older.size + (this.#newest === undefined ? 0 : 1);
  }

  /** An open stream. */
  get(id: number): Stream | undefined {
    return this.#newest?.id === id ? this.#newest : this.#older.get(id);
  }

  /** The open streams; they may be closed on the way. */
  *[Symbol.iterator](): Generator<Stream, void> {
    yield* this.#older.values();
    if (this.#newest !== undefined) yield this.#newest;
  }

  /** Takes note that the peer has begun a stream, above all earlier ones. */
  pass(id: number): void {
    if (id > this.lastId + 2) {
      this.#skippedFrom = this.lastId + 1;
      this.#skippedTo = id - 1;
    }
    this.lastId = id;
  }

  /** Opens the stream that was passed last. */
  add(id: number, receiveWindow: number, contentLength: number | undefined, nowMillis: number): Stream {
    const stream = this.#spare.pop() ?? new Stream(this.#owner, this.#createCall);
    stream.open(id, receiveWindow, contentLength, nowMillis);
    if (this.#newest !== undefined) this.#older.set(this.#newest.id, this.#newest);
    this.#newest = stream;
    this.busyCount += 1;
    return stream;
  }

  /** Closes a stream. One that the peer has not ended is remembered, because frames may be under way. */
  close(stream: Stream): void {
    if (stream === this.#newest) this.#newest = undefined;
    else this.#older.delete(stream.id);
    if (!stream.hasPeerEnded) this.abandon(stream.id);
    stream.close();
  }

  /** Remembers a stream whose remaining frames are to be thrown away. */
  abandon(id: number): void {
    this.#abandoned.add(id);
    if (this.#abandoned.size > MAX_ABANDONED) {
      for (const oldest of this.#abandoned) {
        this.#abandoned.delete(oldest);
        break;
      }
    }
  }

  isAbandoned(id: number): boolean {
    return this.#abandoned.has(id);
  }

  /** The peer has ended a stream that we had ended before. */
  forget(id: number): void {
    this.#abandoned.delete(id);
  }

  wasSkipped(id: number): boolean {
    return id >= this.#skippedFrom && id <= this.#skippedTo;
  }

  /** Keeps the object of a stream that is over for a later one. */
  recycle(stream: Stream): void {
    this.busyCount -= 1;
    if (this.#spare.length < MAX_SPARE) this.#spare.push(stream);
  }
}

/** More than a connection's calls at one time in ordinary use, and little enough for thousands of idle connections. */
const MAX_SPARE = 16;
/** Beyond this, a late frame is answered with a reset, which does no harm. */
const MAX_ABANDONED = 256;
