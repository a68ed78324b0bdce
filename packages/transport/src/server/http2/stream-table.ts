import { Stream, type StreamCall, type StreamOwner } from './stream.ts';

/** The streams of one connection: open ones, and the closed ones whose state is still needed (RFC 9113, 5.1.1). */
export class StreamTable {
  /** Highest identifier of a stream opened by the peer. */
  lastId = 0;
  /**
   * Number of streams that count toward the limit: open ones, and reset ones whose call continues. Counting the latter
   * limits the work caused by a peer that opens and resets streams (CVE-2023-44487).
   */
  busyCount = 0;
  /**
   * The most recently opened stream; all others are in the map. Most calls arrive in one piece and are served
   * synchronously before the next stream is opened, so they never need a map entry, which would account for a fifth of
   * the cost of a call here (`session.bench.ts`).
   */
  #newest: Stream | undefined;
  readonly #older = new Map<number, Stream>();
  readonly #owner: StreamOwner;
  readonly #createCall: (stream: Stream) => StreamCall;
  readonly #spare: Stream[] = [];
  /** Streams ended by the server while the peer was still sending. Their remaining frames are discarded. */
  readonly #abandoned = new Set<number>();
  /** The last range of identifiers skipped by the peer: closed without ever being open. */
  #skippedFrom = 0;
  #skippedTo = 0;

  constructor(owner: StreamOwner, createCall: (stream: Stream) => StreamCall) {
    this.#owner = owner;
    this.#createCall = createCall;
  }

  get openCount(): number {
    return this.#older.size + (this.#newest === undefined ? 0 : 1);
  }

  /** Returns an open stream. */
  get(id: number): Stream | undefined {
    return this.#newest?.id === id ? this.#newest : this.#older.get(id);
  }

  /** Iterates over the open streams. Streams may be closed during the iteration. */
  *[Symbol.iterator](): Generator<Stream, void> {
    yield* this.#older.values();
    if (this.#newest !== undefined) yield this.#newest;
  }

  /** Records that the peer has opened a stream. Its identifier is higher than all earlier ones. */
  pass(id: number): void {
    if (id > this.lastId + 2) {
      this.#skippedFrom = this.lastId + 1;
      this.#skippedTo = id - 1;
    }
    this.lastId = id;
  }

  /** Opens the most recently recorded stream. */
  add(id: number, receiveWindow: number, contentLength: number | undefined, nowMillis: number): Stream {
    const stream = this.#spare.pop() ?? new Stream(this.#owner, this.#createCall);
    stream.open(id, receiveWindow, contentLength, nowMillis);
    if (this.#newest !== undefined) this.#older.set(this.#newest.id, this.#newest);
    this.#newest = stream;
    this.busyCount += 1;
    return stream;
  }

  /**
   * Closes a stream. If the peer has not ended it, its identifier is retained, because more of its frames may arrive.
   */
  close(stream: Stream): void {
    if (stream === this.#newest) this.#newest = undefined;
    else this.#older.delete(stream.id);
    if (!stream.hasPeerEnded) this.abandon(stream.id);
    stream.close();
  }

  /** Records a stream whose remaining frames are to be discarded. */
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

  /** Drops an abandoned stream that the peer has ended. */
  forget(id: number): void {
    this.#abandoned.delete(id);
  }

  wasSkipped(id: number): boolean {
    return id >= this.#skippedFrom && id <= this.#skippedTo;
  }

  /** Retains the object of a finished stream for reuse. */
  recycle(stream: Stream): void {
    this.busyCount -= 1;
    if (this.#spare.length < MAX_SPARE) this.#spare.push(stream);
  }
}

/**
 * More than the usual number of concurrent calls per connection, yet small enough for thousands of idle connections.
 */
const MAX_SPARE = 16;
/** Beyond this, the response to a late frame is a harmless reset. */
const MAX_ABANDONED = 256;
