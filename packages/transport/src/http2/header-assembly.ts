import { readUint32 } from './frame-writer.ts';
import { type ConnectionError, ERROR_CODE, FLAG, MAX_UINT31 } from './frames.ts';

/** Puts the header block of a HEADERS frame and its CONTINUATION frames together (RFC 9113, 4.3). */
export class HeaderAssembly {
  /** Of the block that has begun last. */
  streamId = 0;
  endsStream = false;
  /** The deprecated priority names the stream itself (RFC 7540, 5.3.1). */
  dependsOnItself = false;
  /** Whether CONTINUATION must come next, and nothing else may (RFC 9113, 6.10). */
  isOpen = false;
  readonly #maxBytes: number;
  #block: Uint8Array = NOTHING;
  #fragments = 0;

  /** A block with more than `maxBytes`, or in more pieces than honest peers make of that, ends the connection. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes a HEADERS frame. */
  begin(flags: number, streamId: number, bytes: Uint8Array, from: number, to: number): ConnectionError | undefined {
    let at = from;
    let end = to;
    if ((flags & FLAG.PADDED) !== 0) {
      if (end === at) return TOO_SHORT;
      end -= bytes[at];
      at += 1;
    }
    this.dependsOnItself = false;
    if ((flags & FLAG.PRIORITY) !== 0) {
      if (end - at < PRIORITY_BYTES) return end < at || to - from >= PRIORITY_BYTES ? OVERPADDED : TOO_SHORT;
      this.dependsOnItself = (readUint32(bytes, at) & MAX_UINT31) === streamId;
      at += PRIORITY_BYTES;
    }
    if (end < at) return OVERPADDED;
    this.streamId = streamId;
    this.endsStream = (flags & FLAG.END_STREAM) !== 0;
    this.isOpen = (flags & FLAG.END_HEADERS) === 0;
    this.#fragments = 1;
    this.#block = bytes.subarray(at, end);
    // The chunk is read into again before the rest comes. (`slice` of a Buffer would not copy.)
    if (this.isOpen) this.#block = new Uint8Array(this.#block);
    return this.#checkSize();
  }

  /** Takes a CONTINUATION frame of the same stream. */
  continue(flags: number, bytes: Uint8Array, at: number, end: number): ConnectionError | undefined {
    this.#fragments += 1;
    if (end > at) this.#block = Buffer.concat([this.#block, bytes.subarray(at, end)]);
    this.isOpen = (flags & FLAG.END_HEADERS) === 0;
    return this.#checkSize();
  }

  /** The block, once it is not open any more. It may lie in the chunk that was given last. */
  take(): Uint8Array {
    const block = this.#block;
    this.#block = NOTHING;
    return block;
  }

  #checkSize(): ConnectionError | undefined {
    return this.#block.length > this.#maxBytes || this.#fragments > MAX_FRAGMENTS ? TOO_LARGE : undefined;
  }
}

const NOTHING = new Uint8Array(0);
const PRIORITY_BYTES = 5;
/** Honest peers cut a block into pieces of at least 16 KiB; a flood of small ones costs us more than its sender. */
const MAX_FRAGMENTS = 64;

const TOO_SHORT: ConnectionError = {
  code: ERROR_CODE.FRAME_SIZE_ERROR,
  reason: 'HEADERS are shorter than their flags say',
};
const OVERPADDED: ConnectionError = {
  code: ERROR_CODE.PROTOCOL_ERROR,
  reason: 'the padding is longer than its frame',
};
const TOO_LARGE: ConnectionError = {
  code: ERROR_CODE.ENHANCE_YOUR_CALM,
  reason: 'a header block is too large, or in too many pieces',
};
