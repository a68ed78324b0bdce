import { readUint32 } from './frame-writer.ts';
import { type ConnectionError, ERROR_CODE, FLAG, MAX_UINT31 } from './frames.ts';

/** Assembles the header block of a HEADERS frame and its CONTINUATION frames (RFC 9113, 4.3). */
export class HeaderAssembly {
  /** Stream identifier of the most recent block. */
  streamId = 0;
  endsStream = false;
  /** Whether the deprecated priority fields make the stream depend on itself (RFC 7540, 5.3.1). */
  dependsOnItself = false;
  /** Whether a CONTINUATION frame must come next (RFC 9113, 6.10). */
  isOpen = false;
  readonly #maxBytes: number;
  /** The bytes that contain the fragments so far, `[#from, #to)`. Not a view, which would cost more than its decoding. */
  #bytes: Uint8Array = EMPTY;
  #from = 0;
  #to = 0;
  #fragments = 0;

  /** A block of more than `maxBytes`, or in too many fragments, ends the connection. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Reads a HEADERS frame. */
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
    // Copies the fragment, because the chunk is overwritten before the rest arrives. (`Buffer.slice` does not copy.)
    if (this.isOpen) this.#set(new Uint8Array(bytes.subarray(at, end)));
    else this.#set(bytes, at, end);
    return this.#checkSize();
  }

  /** Reads a CONTINUATION frame of the same stream. */
  continue(flags: number, bytes: Uint8Array, at: number, end: number): ConnectionError | undefined {
    this.#fragments += 1;
    if (end > at) this.#set(Buffer.concat([this.#bytes, bytes.subarray(at, end)]));
    this.isOpen = (flags & FLAG.END_HEADERS) === 0;
    return this.#checkSize();
  }

  /** Decodes the complete block, whose bytes may be those of the last chunk. */
  take<T>(decode: (bytes: Uint8Array, from: number, to: number) => T): T {
    const bytes = this.#bytes;
    this.#bytes = EMPTY;
    return decode(bytes, this.#from, this.#to);
  }

  #set(bytes: Uint8Array, from = 0, to = bytes.length): void {
    this.#bytes = bytes;
    this.#from = from;
    this.#to = to;
  }

  #checkSize(): ConnectionError | undefined {
    return this.#to - this.#from > this.#maxBytes || this.#fragments > MAX_FRAGMENTS ? TOO_LARGE : undefined;
  }
}

const EMPTY = new Uint8Array(0);
const PRIORITY_BYTES = 5;
/**
 * Legitimate peers send fragments of at least 16 KiB. A flood of small ones costs the receiver more than the sender.
 */
const MAX_FRAGMENTS = 64;

const TOO_SHORT: ConnectionError = {
  code: ERROR_CODE.FRAME_SIZE_ERROR,
  reason: 'expected HEADERS with the fields of their flags',
};
const OVERPADDED: ConnectionError = {
  code: ERROR_CODE.PROTOCOL_ERROR,
  reason: 'expected padding shorter than its frame',
};
const TOO_LARGE: ConnectionError = {
  code: ERROR_CODE.ENHANCE_YOUR_CALM,
  reason: 'expected a smaller header block in fewer fragments',
};
