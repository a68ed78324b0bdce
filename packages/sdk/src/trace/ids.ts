/**
 * Ids as bytes: taken from a pool of random bytes, written as they are, and spelled in hexadecimal only for whoever asks.
 * An id is an array and where in it the id begins; the array is never written again.
 */
export class IdPool {
  readonly #random: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** Where the latest id lies. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #used = 0;

  constructor(random: (bytes: Uint8Array<ArrayBuffer>) => void = (bytes) => crypto.getRandomValues(bytes)) {
    this.#random = random;
  }

  /** Takes so many random bytes, not all of them zero, and gives their offset in `bytes`. */
  take(count: number): number {
    if (this.#used + count > this.bytes.length) {
      this.bytes = new Uint8Array(POOL_BYTES);
      this.#random(this.bytes);
      this.#used = 0;
    }
    const offset = this.#used;
    this.#used += count;
    // An id of zeros is invalid (W3C Trace Context, "trace-id").
    let sum = 0;
    for (let i = offset; i < offset + count && sum === 0; i++) sum = this.bytes[i];
    if (sum === 0) this.bytes[offset] = 1;
    return offset;
  }
}

/** 170 root spans or 512 children; a span that lives long keeps one pool alive. */
const POOL_BYTES = 4096;

/** `[offset, offset + count)` in hexadecimal. */
export function hexOf(bytes: Uint8Array, offset: number, count: number): string {
  let text = '';
  for (let i = offset; i < offset + count; i++) text += HEX[bytes[i]];
  return text;
}

/**
 * Writes the bytes of an id, for which room must have been made; what is not hexadecimal is zero. Tells whether the id is
 * valid: hexadecimal, and not all zeros.
 */
export function putHex(bytes: Uint8Array, offset: number, hex: string): boolean {
  let isHex = true;
  let sum = 0;
  let pos = offset;
  for (let i = 0; i < hex.length; i += 2) {
    // Looked up in a table: half of what comparing takes.
    const byte = (digit(hex.charCodeAt(i)) << 4) | digit(hex.charCodeAt(i + 1));
    if (byte >= 0) {
      bytes[pos++] = byte;
      sum |= byte;
    } else {
      bytes[pos++] = 0;
      isHex = false;
    }
  }
  return isHex && sum !== 0;
}

function digit(code: number): number {
  return code < 0x80 ? DIGITS[code] : -1;
}

const HEX = /* @__PURE__ */ Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
/** The value of each digit by its character's code; -1 for what is none. */
const DIGITS = /* @__PURE__ */ Int8Array.from({ length: 0x80 }, (_, code) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase()),
);
