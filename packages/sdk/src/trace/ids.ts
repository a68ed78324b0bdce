import type { Writer } from '../wire/writer.ts';

/**
 * Ids as bytes: random, written as they are, and spelled in hexadecimal only for whoever asks. Each span has 32 bytes of
 * a view: 16 of the trace's id, from `SPAN_ID` on 8 of its own, and from `PARENT_ID` on 8 of its parent's.
 */
export class IdPool {
  readonly #random: (bytes: Uint8Array<ArrayBuffer>) => void;
  #used = POOL_BYTES;
  /** Where the latest ids lie. Never written again but by the span that has them. */
  declare view: DataView;

  constructor(random: (bytes: Uint8Array<ArrayBuffer>) => void = (bytes) => crypto.getRandomValues(bytes)) {
    this.#random = random;
  }

  /** Takes 32 random bytes, and gives their offset in `view`. */
  take(): number {
    if (this.#used === POOL_BYTES) {
      const bytes = new Uint8Array(POOL_BYTES);
      this.#random(bytes);
      this.view = new DataView(bytes.buffer);
      this.#used = 0;
    }
    const offset = this.#used;
    this.#used += 32;
    // An id of zeros is invalid (W3C Trace Context, "trace-id").
    const { view } = this;
    view.setUint32(offset, view.getUint32(offset) || 1);
    view.setUint32(offset + SPAN_ID, view.getUint32(offset + SPAN_ID) || 1);
    return offset;
  }
}

/** 512 spans; one that lives long keeps all of it alive. */
const POOL_BYTES = 16_384;
export const SPAN_ID = 16;
export const PARENT_ID = 24;

/** Copies a multiple of four bytes: for so few this is far faster than to cross into the engine (`writer.bench.ts`). */
export function copyIds(to: DataView, at: number, from: DataView, start: number, count: number): void {
  for (let i = 0; i < count; i += 4) to.setUint32(at + i, from.getUint32(start + i));
}

/** So many bytes in hexadecimal. */
export function hexOf(view: DataView, offset: number, count: number): string {
  let text = '';
  for (let i = 0; i < count; i++) text += HEX[view.getUint8(offset + i)];
  return text;
}

/** Writes an id of so many bytes; zeros for what is none. Tells whether it is valid: hexadecimal, and not all zeros. */
export function putHex(view: DataView, offset: number, hex: string, count: number): boolean {
  let bits = 0;
  for (let i = 0; i < count; i++) {
    const high = digit(hex, 2 * i);
    const low = digit(hex, 2 * i + 1);
    view.setUint8(offset + i, (high << 4) | low);
    bits |= high | low;
  }
  const isValid = bits > 0 && bits < 16 && hex.length === 2 * count;
  if (!isValid) for (let i = 0; i < count; i++) view.setUint8(offset + i, 0);
  return isValid;
}

/** What is no digit, or not there, is negative or more than 15. */
function digit(hex: string, index: number): number {
  const code = hex.charCodeAt(index);
  // Small letters become capital ones, and what is around them stays outside.
  return code < 58 ? code - 48 : ((code - 1) & ~32) - 54;
}

/** Writes a field with an id of so many bytes that is spelled in hexadecimal; tells whether it is valid. */
export function writeHexId(writer: Writer, tag: number, hex: string, count: number): boolean {
  writer.uint(tag, count);
  writer.reserve(count);
  const isValid = putHex(writer.view, writer.length, hex, count);
  writer.length += count;
  return isValid;
}

const HEX = /* @__PURE__ */ Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
