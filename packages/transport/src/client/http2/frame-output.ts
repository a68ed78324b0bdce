import type net from 'node:net';
import { type FrameTarget, writeFrameHeader } from '../../http2/frame-writer.ts';
import { FRAME, FRAME_HEADER_BYTES } from '../../http2/frames.ts';

/**
 * Frames on their way to a socket. Small ones gather in memory of its own; payloads are handed on by reference, so a
 * batch of megabytes is written without being copied, in one system call for all that is written between two flushes.
 */
export class FrameOutput implements FrameTarget {
  bytes: Buffer = Buffer.alloc(0);
  readonly #socket: net.Socket;
  #start = 0;
  #end = 0;
  #isCorked = false;

  constructor(socket: net.Socket) {
    this.#socket = socket;
  }

  reserve(sizeBytes: number): number {
    if (this.#end + sizeBytes > this.bytes.length) {
      this.#transfer();
      // What was handed over belongs to the socket, so memory is never used twice.
      this.bytes = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, sizeBytes));
      this.#start = 0;
      this.#end = 0;
    }
    const at = this.#end;
    this.#end += sizeBytes;
    return at;
  }

  /** Begins a DATA frame of `sizeBytes`, which `payload` must then give. */
  beginData(streamId: number, sizeBytes: number, flags: number): void {
    const at = this.reserve(FRAME_HEADER_BYTES);
    writeFrameHeader(this.bytes, at, sizeBytes, FRAME.DATA, flags, streamId);
  }

  /** `part` from `from` to `to`. It must not change any more. */
  payload(part: Uint8Array, from: number, to: number): void {
    if (to - from <= COPIED_BYTES) {
      const at = this.reserve(to - from);
      this.bytes.set(part.subarray(from, to), at);
      return;
    }
    this.#transfer();
    this.#socket.write(part.subarray(from, to));
  }

  /** Sends what has gathered. */
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
    this.#socket.write(this.bytes.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }
}

const SLAB_BYTES = 16 * 1024;
/** Pieces up to this are copied: a further piece in a system call costs 0.24 µs (a batch in 820 parts against 9), the copy no more. */
const COPIED_BYTES = 2048;
