import type { TagWriter } from '@otelier/otlp';

/**
 * Allocates random IDs as bytes, which are converted to hexadecimal only on demand. Each span has 32 bytes of a view:
 * 16 for the trace ID, 8 for its own ID at `SPAN_ID`, and 8 for its parent's ID at `PARENT_ID`.
 */
export class IdPool {
  readonly #random: (bytes: Uint8Array<ArrayBuffer>) => void;
  #used = POOL_BYTES;
  /** The block that contains the latest IDs. Only the span that owns an ID writes to its bytes. */
  declare view: DataView;

  constructor(random: (bytes: Uint8Array<ArrayBuffer>) => void = (bytes) => crypto.getRandomValues(bytes)) {
    this.#random = random;
  }

  /** Allocates 32 random bytes and returns their offset in `view`. */
  take(): number {
    if (this.#used === POOL_BYTES) {
      const bytes = new Uint8Array(POOL_BYTES);
      this.#random(bytes);
      this.view = new DataView(bytes.buffer);
      this.#used = 0;
    }
    const offset = this.#used;
    this.#used += 32;
    // An all-zero ID is invalid (W3C Trace Context, "trace-id").
    const { view } = this;
    view.setUint32(offset, view.getUint32(offset) || 1);
    view.setUint32(offset + SPAN_ID, view.getUint32(offset + SPAN_ID) || 1);
    return offset;
  }
}

/** Enough for 512 spans. A long-lived span retains the whole block in memory. */
const POOL_BYTES = 16_384;
export const SPAN_ID = 16;
export const PARENT_ID = 24;

/**
 * Copies a multiple of four bytes. For small counts, this is much faster than calling into the engine
 * (`writer.bench.ts`).
 */
export function copyIds(to: DataView, at: number, from: DataView, start: number, count: number): void {
  for (let i = 0; i < count; i += 4) to.setUint32(at + i, from.getUint32(start + i));
}

/** Returns `count` bytes encoded in hexadecimal. */
export function hexOf(view: DataView, offset: number, count: number): string {
  let text = '';
  for (let i = 0; i < count; i++) text += HEX[view.getUint8(offset + i)];
  return text;
}

/**
 * Decodes a hexadecimal ID of `count` bytes into the view, or writes zeros if it is invalid. Returns whether it is
 * valid, that is, hexadecimal and not all zeros.
 */
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

/** Returns the value of a hexadecimal digit. The result for invalid or missing digits is negative or above 15. */
function digit(hex: string, index: number): number {
  const code = hex.charCodeAt(index);
  // Converts lowercase letters to uppercase. Other characters remain out of range.
  return code < 58 ? code - 48 : ((code - 1) & ~32) - 54;
}

/** Writes a hexadecimal ID of `count` bytes as a field. Returns whether the ID is valid. */
export function writeHexId(writer: TagWriter, tag: number, hex: string, count: number): boolean {
  writer.uint(tag, count);
  writer.reserve(count);
  const isValid = putHex(writer.view, writer.length, hex, count);
  writer.length += count;
  return isValid;
}

const HEX = /* @__PURE__ */ Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
