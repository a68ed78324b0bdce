import {
  type FrameTarget,
  writeFrame,
  writeFrameHeader,
  writeHeaderBlock,
  writeUint32,
} from '../../http2/frame-writer.ts';
import { DEFAULT_MAX_FRAME_BYTES, FLAG, FRAME, FRAME_HEADER_BYTES } from '../../http2/frames.ts';
import { Outbox } from './outbox.ts';

/** The response to a request, encoded once. It can be sent any number of times, on any stream of any connection. */
export class Response {
  /** Header block of the HEADERS frame. */
  readonly head: Uint8Array;
  /** Payload of the DATA frames. Without it, the head ends the stream. */
  readonly data: Uint8Array | undefined;
  /** Header block of the trailers. Without it, DATA ends the stream. */
  readonly trailers: Uint8Array | undefined;
  /** All frames of the response, for stream 0, built on first use. */
  #frames: Uint8Array | undefined;
  /** Offsets of the stream identifiers in `#frames`. */
  readonly #idOffsets: number[] = [];

  constructor(head: Uint8Array, data?: Uint8Array, trailers?: Uint8Array) {
    this.head = head;
    this.data = data;
    this.trailers = trailers;
  }

  /** Send window needed to send the complete response at once. */
  get dataBytes(): number {
    return this.data === undefined ? 0 : this.data.length;
  }

  /** Writes the complete response if each part fits in one frame. */
  write(target: FrameTarget, streamId: number): void {
    this.#frames ??= this.#build();
    const at = target.reserve(this.#frames.length);
    const { bytes } = target;
    bytes.set(this.#frames, at);
    for (const offset of this.#idOffsets) writeUint32(bytes, at + offset, streamId);
  }

  #build(): Uint8Array {
    const { head, data, trailers } = this;
    const outbox = new Outbox();
    writeHeaderBlock(outbox, 0, head, data === undefined);
    if (data !== undefined) {
      writeFrame(outbox, FRAME.DATA, trailers === undefined ? FLAG.END_STREAM : 0, 0, data);
      if (trailers !== undefined) writeHeaderBlock(outbox, 0, trailers, true);
    }
    const frames = outbox.take();
    for (let at = 0; at < frames.length; ) {
      this.#idOffsets.push(at + 5);
      at += FRAME_HEADER_BYTES + ((frames[at] << 16) | (frames[at + 1] << 8) | frames[at + 2]);
    }
    return frames;
  }
}

/** Writes a range of a response's data, `data[from, to)`, in one frame. */
export function writeDataPart(
  target: FrameTarget,
  streamId: number,
  data: Uint8Array,
  from: number,
  to: number,
  endsStream: boolean,
): void {
  const at = target.reserve(FRAME_HEADER_BYTES + to - from);
  writeFrameHeader(target.bytes, at, to - from, FRAME.DATA, endsStream ? FLAG.END_STREAM : 0, streamId);
  target.bytes.set(data.subarray(from, to), at + FRAME_HEADER_BYTES);
}

/** Maximum size of the data in one frame, regardless of the peer's settings. */
export const MAX_DATA_PART_BYTES: number = DEFAULT_MAX_FRAME_BYTES;
