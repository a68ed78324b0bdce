import type net from 'node:net';
import { type FrameTarget, writeFrameHeader } from '../../http2/frame-writer.ts';
import { FRAME, FRAME_HEADER_BYTES } from '../../http2/frames.ts';

/**
 * Buffers frames for a socket. Small frames are copied into a slab and large payloads are passed by reference, so a
 * batch of megabytes is written without a copy, in one system call per flush.
 */
export class FrameOutput implements FrameTarget {
  bytes: Buffer = Buffer.alloc(0);
  /** Number of bytes passed to the socket. */
  position = 0;
  readonly #socket: net.Socket;
  #start = 0;
  #end = 0;
  #isCorked = false;

  constructor(socket: net.Socket) {
    this.#socket = socket;
  }

  /** Number of bytes that the system has taken from the socket, which no longer uses their memory. */
  get sentPosition(): number {
    return this.position - this.#socket.writableLength;
  }

  reserve(sizeBytes: number): number {
    if (this.#end + sizeBytes > this.bytes.length) {
      this.#transfer();
      // Memory passed to the socket belongs to it and is never reused.
      this.bytes = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, sizeBytes));
      this.#start = 0;
      this.#end = 0;
    }
    const at = this.#end;
    this.#end += sizeBytes;
    return at;
  }

  /** Begins a DATA frame of `sizeBytes`, to be followed by calls to `payload`. */
  beginData(streamId: number, sizeBytes: number, flags: number): void {
    const at = this.reserve(FRAME_HEADER_BYTES);
    writeFrameHeader(this.bytes, at, sizeBytes, FRAME.DATA, flags, streamId);
  }

  /** Appends `part[from, to)`, which must not be modified afterwards. */
  payload(part: Uint8Array, from: number, to: number): void {
    if (to - from <= COPIED_BYTES) {
      const at = this.reserve(to - from);
      this.bytes.set(part.subarray(from, to), at);
      return;
    }
    this.#transfer();
    this.#write(part.subarray(from, to));
  }

  /** Writes the buffered frames to the socket. */
  flush(): void {
    this.#transfer();
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#socket.uncork();
  }

  #transfer(): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
    }
    if (this.#end === this.#start) return;
    this.#write(this.bytes.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }

  #write(bytes: Uint8Array): void {
    this.position += bytes.length;
    this.#socket.write(bytes);
  }
}

const SLAB_BYTES = 16 * 1024;
/**
 * Largest piece that is copied. Passing one more piece to a system call costs 0.24 µs (820 pieces versus 9); copying it
 * costs no more.
 */
const COPIED_BYTES = 2048;
