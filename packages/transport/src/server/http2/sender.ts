import { writeHeaderBlock } from '../../http2/frame-writer.ts';
import { type ConnectionError, DEFAULT_WINDOW_BYTES, ERROR_CODE, MAX_UINT31 } from '../../http2/frames.ts';
import { PeerSettings } from '../../http2/peer-settings.ts';
import type { Outbox } from './outbox.ts';
import { MAX_DATA_PART_BYTES, type Response, writeDataPart } from './response.ts';
import type { Stream } from './stream.ts';

/**
 * Sends responses within the peer's flow-control windows (RFC 9113, 5.2). Pending data is held as one reference to the
 * response per stream.
 */
export class Sender {
  readonly #outbox: Outbox;
  /** Called when a response has been sent completely. */
  readonly #onSent: (stream: Stream) => void;
  readonly #peer = new PeerSettings();
  /** Send window of the connection. */
  #window = DEFAULT_WINDOW_BYTES;
  readonly #pending = new Set<Stream>();
  #mustEmptyTable = false;
  #hasEmptiedTable = false;

  constructor(outbox: Outbox, onSent: (stream: Stream) => void) {
    this.#outbox = outbox;
    this.#onSent = onSent;
  }

  /** Sends a response, with as much data as the windows allow. The rest is pending until `deadlineMillis`. */
  send(stream: Stream, response: Response, deadlineMillis: number): void {
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
    stream.pendingResponse = response;
    stream.sentBytes = 0;
    stream.sendDeadline = deadlineMillis;
    this.#sendData(stream, response, response.data);
  }

  /** Sends a response that consists only of a head, for a request that never became a stream. */
  sendHead(streamId: number, response: Response): void {
    writeHeaderBlock(this.#outbox, streamId, this.#headOf(response), true);
  }

  /** Drops the pending response of a stream that has ended. */
  forget(stream: Stream): void {
    if (stream.pendingResponse === undefined) return;
    stream.pendingResponse = undefined;
    this.#pending.delete(stream);
  }

  /** Applies a SETTINGS frame that is not an acknowledgment. */
  settings(bytes: Uint8Array, at: number, end: number, streams: Iterable<Stream>): ConnectionError | undefined {
    const before = this.#peer.initialWindowBytes;
    const rejection = this.#peer.apply(bytes, at, end);
    if (rejection !== undefined) return rejection;
    // Responses do not use the dynamic table, but a peer that reduces its size below the default still requires a size
    // update (RFC 7541, 4.2).
    if (this.#peer.headerTableBytes < 4096 && !this.#hasEmptiedTable) this.#mustEmptyTable = true;
    const after = this.#peer.initialWindowBytes;
    if (after === before) return undefined;
    // Stream windows change by the difference, and none may overflow (RFC 9113, 6.9.2).
    for (const stream of streams) if (this.#windowOf(stream) > MAX_UINT31) return OVERFLOW;
    this.#sendPending();
    return undefined;
  }

  /** Enlarges the connection window. */
  widen(increment: number): ConnectionError | undefined {
    if (increment === 0) return NO_INCREMENT;
    this.#window += increment;
    if (this.#window > MAX_UINT31) return OVERFLOW;
    this.#sendPending();
    return undefined;
  }

  /** Enlarges a stream's window. An error affects only that stream. */
  widenStream(stream: Stream, increment: number): ConnectionError | undefined {
    if (increment === 0) return NO_INCREMENT;
    stream.sendCredit += increment;
    if (this.#windowOf(stream) > MAX_UINT31) return OVERFLOW;
    const response = stream.pendingResponse;
    if (response?.data !== undefined) this.#sendData(stream, response, response.data);
    return undefined;
  }

  #windowOf(stream: Stream): number {
    return this.#peer.initialWindowBytes + stream.sendCredit;
  }

  #sendPending(): void {
    for (const stream of this.#pending) {
      if (this.#window <= 0) return;
      const response = stream.pendingResponse;
      if (response?.data !== undefined) this.#sendData(stream, response, response.data);
    }
  }

  #sendData(stream: Stream, response: Response, data: Uint8Array): void {
    for (;;) {
      const left = data.length - stream.sentBytes;
      const part = Math.max(0, Math.min(left, this.#window, this.#windowOf(stream), MAX_DATA_PART_BYTES));
      // Empty data needs no window but still ends the stream.
      if (part === 0 && left > 0) {
        this.#pending.add(stream);
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

/** Sets the size of the dynamic table to zero (RFC 7541, 6.3). */
const EMPTY_TABLE = Uint8Array.of(0x20);

const NO_INCREMENT: ConnectionError = { code: ERROR_CODE.PROTOCOL_ERROR, reason: 'expected a WINDOW_UPDATE above 0' };
const OVERFLOW: ConnectionError = {
  code: ERROR_CODE.FLOW_CONTROL_ERROR,
  reason: 'expected a window of at most 31 bits',
};
