import type { BitWriter } from './bit-writer.ts';

const scratch = new Float64Array(1);
const halves = new Uint32Array(scratch.buffer);
/** The bits of a stale marker, a NaN whose payload numbers do not preserve. */
const STALE = { high: 0x7ff00000, low: 2 } as const;
const UNSET = 255;

/** A sequence of doubles of which each is written as the difference (XOR) to the one before. */
export class XorSequence {
  #high = 0;
  #low = 0;
  #leading = UNSET;
  #trailing = 0;

  /** Writes the first value. */
  first(out: BitWriter, value: number, isStale = false): void {
    this.#read(value, isStale);
    out.bits64(this.#high, this.#low);
  }

  /** Writes a further value. */
  next(out: BitWriter, value: number, isStale = false): void {
    const [oldHigh, oldLow] = [this.#high, this.#low];
    this.#read(value, isStale);
    const high = (this.#high ^ oldHigh) >>> 0;
    const low = (this.#low ^ oldLow) >>> 0;
    if (high === 0 && low === 0) {
      out.bits(0, 1);
      return;
    }
    // Five bits hold at most 31.
    const leading = Math.min(31, high === 0 ? 32 : Math.clz32(high));
    const trailing = low === 0 ? 32 + trailingZeros(high) : trailingZeros(low);
    if (this.#leading !== UNSET && leading >= this.#leading && trailing >= this.#trailing) {
      out.bits(0b10, 2);
    } else {
      this.#leading = leading;
      this.#trailing = trailing;
      out.bits(0b11, 2);
      out.bits(leading, 5);
      // 64 does not fit into six bits, and is written as 0.
      out.bits(64 - leading - trailing, 6);
    }
    writeShifted(out, high, low, this.#trailing, 64 - this.#leading - this.#trailing);
  }

  #read(value: number, isStale: boolean): void {
    scratch[0] = value;
    this.#low = isStale ? STALE.low : (halves[0] ?? 0);
    this.#high = isStale ? STALE.high : (halves[1] ?? 0);
  }
}

function trailingZeros(value: number): number {
  return 31 - Math.clz32(value & -value);
}

function writeShifted(out: BitWriter, high: number, low: number, shift: number, count: number): void {
  if (shift >= 32) out.bits(high >>> (shift - 32), count);
  else if (shift === 0) out.bits64(high, low, count);
  else out.bits64(high >>> shift, ((low >>> shift) | (high << (32 - shift))) >>> 0, count);
}
