import { writeHeaderBlock } from '../../http2/frame-writer.ts';
import { type ConnectionError, DEFAULT_WINDOW_BYTES, ERROR_CODE, MAX_UINT31 } from '../../http2/frames.ts';
import { PeerSettings } from '../../http2/peer-settings.ts';
import type { Outbox } from './outbox.ts';
import { MAX_DATA_PART_BYTES, type Response, writeDataPart } from './response.ts';
import type { Stream } from './stream.ts';

/** Sends answers within the peer's windows (RFC 9113, 5.2). What does not fit waits: a reference to its answer a stream. */
export class Sender {
  readonly #outbox: Outbox;
  /** Called when an answer has been sent to its end. */
  readonly #onSent: (stream: Stream) => void;
  readonly #peer = new PeerSettings();
  /** What may be sent on all streams together. */
  #window = DEFAULT_WINDOW_BYTES;
  readonly #waiting = new Set<Stream>();
  #mustEmptyTable = false;
  #hasEmptiedTable = false;

  constructor(outbox: Outbox, onSent: (stream: Stream) => void) {
    this.#outbox = outbox;
    this.#onSent = onSent;
  }

  /** Sends an answer, its data as the windows allow; what has to wait does so until `giveUpAtMillis`. */
  send(stream: Stream, response: Response, giveUpAtMillis: number): void {
    const { dataBytes } = response;
    const capacity = Math.min(this.#window, this.#windowOf(stream), MAX_DATA_PART_BYTES);
    if (dataBytes <= capacity && !this.#mustEmptyTable) {
      this.#window -= dataBytes;
      response.write(this.#outbox, stream.id);
      this.#onSent(stream);
      return;
    }
    writeHeaderBlock(this.#outbox, stream.id, this.#headOf(response), response.data === undefined);
    if (response.data === undefined) {
      this.#onSent(stream);
      return;
    }
    stream.waiting = response;
    stream.sentBytes = 0;
    stream.waitsUntil = giveUpAtMillis;
    this.#sendData(stream, response, response.data);
  }

  /** Answers, with a head alone, a request that never became a stream. */
  sendHead(streamId: number, response: Response): void {
    writeHeaderBlock(this.#outbox, streamId, this.#headOf(response), true);
  }

  /** The stream has ended; its answer waits no longer. */
  forget(stream: Stream): void {
    if (stream.waiting === undefined) return;
    stream.waiting = undefined;
    this.#waiting.delete(stream);
  }

  /** Takes a SETTINGS frame that is no acknowledgement. */
  settings(bytes: Uint8Array, at: number, end: number, streams: Iterable<Stream>): ConnectionError | undefined {
    const before = this.#peer.initialWindowBytes;
    const rejection = this.#peer.apply(bytes, at, end);
    if (rejection !== undefined) return rejection;
    // Answers use no table. A peer that makes its own smaller than both began with still has to be told (RFC 7541, 4.2).
    if (this.#peer.headerTableBytes < 4096 && !this.#hasEmptiedTable) this.#mustEmptyTable = true;
    const after = this.#peer.initialWindowBytes;
    if (after === before) return undefined;
    // Windows of streams change by the difference, and none may overflow (RFC 9113, 6.9.2).
    for (const stream of streams) if (this.#windowOf(stream) > MAX_UINT31) return OVERFLOW;
    this.#sendWaiting();
    return undefined;
  }

  /** Widens the connection's window. */
  widen(increment: number): ConnectionError | undefined {
    if (increment === 0) return NO_INCREMENT;
    this.#window += increment;
    if (this.#window > MAX_UINT31) return OVERFLOW;
    this.#sendWaiting();
    return undefined;
  }

  /** Widens a stream's window; a fault concerns that stream alone. */
  widenStream(stream: Stream, increment: number): ConnectionError | undefined {
    if (increment === 0) return NO_INCREMENT;
    stream.sendCredit += increment;
    if (this.#windowOf(stream) > MAX_UINT31) return OVERFLOW;
    const response = stream.waiting;
    if (response?.data !== undefined) this.#sendData(stream, response, response.data);
    return undefined;
  }

  #windowOf(stream: Stream): number {
    return this.#peer.initialWindowBytes + stream.sendCredit;
  }

  #sendWaiting(): void {
    for (const stream of this.#waiting) {
      if (this.#window <= 0) return;
      const response = stream.waiting;
      if (response?.data !== undefined) this.#sendData(stream, response, response.data);
    }
  }

  #sendData(stream: Stream, response: Response, data: Uint8Array): void {
    for (;;) {
      const left = data.length - stream.sentBytes;
      const part = Math.max(0, Math.min(left, this.#window, this.#windowOf(stream), MAX_DATA_PART_BYTES));
      // Empty data takes no room, and ends the stream all the same.
      if (part === 0 && left > 0) {
        this.#waiting.add(stream);
        return;
      }
      const isLast = part === left;
      const from = stream.sentBytes;
      writeDataPart(this.#outbox, stream.id, data, from, from + part, isLast && response.trailers === undefined);
      this.#window -= part;
      stream.sendCredit -= part;
      stream.sentBytes = from + part;
      if (isLast) break;
    }
    if (response.trailers !== undefined) writeHeaderBlock(this.#outbox, stream.id, response.trailers, true);
    this.forget(stream);
    this.#onSent(stream);
  }

  #headOf(response: Response): Uint8Array {
    if (!this.#mustEmptyTable) return response.head;
    this.#mustEmptyTable = false;
    this.#hasEmptiedTable = true;
    return Buffer.concat([EMPTY_TABLE, response.head]);
  }
}

/** Sets the size of the dynamic table to nothing (RFC 7541, 6.3). */
const EMPTY_TABLE = Uint8Array.of(0x20);

const NO_INCREMENT: ConnectionError = { code: ERROR_CODE.PROTOCOL_ERROR, reason: 'WINDOW_UPDATE of nothing' };
const OVERFLOW: ConnectionError = { code: ERROR_CODE.FLOW_CONTROL_ERROR, reason: 'a window has at most 31 bits' };
