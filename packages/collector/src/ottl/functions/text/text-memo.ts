import { sameBytes } from '@otelier/otlp';

/** The result for one encoded text. */
export interface Remembered {
  readonly bytes: Uint8Array;
  /** The new text, or `undefined` if it stays as it is. */
  readonly text: string | undefined;
}

const SLOTS = 256;
const MAX_BYTES = 128;
/** Limits the cost of texts that do not repeat. */
const MISSES_PER_REPLACEMENT = 16;

/** Remembers what a function without state returned for short texts, because names of spans and metrics repeat. */
export class TextMemo {
  readonly #slots: (Remembered | undefined)[] = Array.from({ length: SLOTS }, () => undefined);
  #misses = 0;

  /** Returns the result for the text in `[start, end)`, if it is known. */
  find(bytes: Uint8Array, start: number, end: number): Remembered | undefined {
    const found = this.#slots[slotOf(bytes, start, end)];
    return found !== undefined && found.bytes.length === end - start && sameBytes(bytes, start, found.bytes)
      ? found
      : undefined;
  }

  /** Stores the result for the text in `[start, end)`. */
  add(bytes: Uint8Array, start: number, end: number, text: string | undefined): void {
    if (end - start > MAX_BYTES || (text !== undefined && text.length > MAX_BYTES)) return;
    const slot = slotOf(bytes, start, end);
    if (this.#slots[slot] !== undefined && ++this.#misses % MISSES_PER_REPLACEMENT !== 0) return;
    // `slice` of a `Buffer` is a view.
    this.#slots[slot] = { bytes: new Uint8Array(bytes.subarray(start, end)), text };
  }
}

function slotOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 0) return 0;
  const middle = bytes[start + (length >> 1)] as number;
  const quarter = bytes[start + (length >> 2)] as number;
  return (length * 31 + (bytes[end - 1] as number) * 7 + middle * 13 + quarter * 3) & (SLOTS - 1);
}
