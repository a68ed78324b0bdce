/**
 * Counts distinct values by hash, in bounded memory: exactly up to a few hundred, then with a standard error of 1.6 %
 * (HyperLogLog: Flajolet et al., 2007).
 */
export class DistinctCount {
  #exact: Set<number> | undefined = new Set();
  #registers: Uint8Array | undefined;
  /** The sum of 2^-register and the number of empty registers, updated incrementally so that `value` is cheap. */
  #sum = 0;
  #empty = 0;

  /** Adds a value, given two independent 32-bit hashes. */
  add(low: number, high: number): void {
    if (this.#exact !== undefined) {
      this.#exact.add((high & 0x1f_ffff) * 0x1_0000_0000 + low);
      if (this.#exact.size > MAX_EXACT) this.#estimate(this.#exact);
      return;
    }
    this.#count(low, high);
  }

  /** The estimated number of distinct values. */
  get value(): number {
    if (this.#exact !== undefined) return this.#exact.size;
    const raw = (ALPHA * REGISTERS * REGISTERS) / this.#sum;
    // For small counts, the number of empty registers gives a more precise estimate.
    return Math.round(raw <= 2.5 * REGISTERS && this.#empty > 0 ? REGISTERS * Math.log(REGISTERS / this.#empty) : raw);
  }

  #estimate(values: ReadonlySet<number>): void {
    this.#registers = new Uint8Array(REGISTERS);
    this.#sum = REGISTERS;
    this.#empty = REGISTERS;
    this.#exact = undefined;
    for (const value of values) this.#count(value % 0x1_0000_0000, Math.floor(value / 0x1_0000_0000));
  }

  #count(low: number, high: number): void {
    const registers = this.#registers;
    if (registers === undefined) return;
    const index = low >>> (32 - INDEX_BITS);
    const rest = low << INDEX_BITS;
    const rank = 1 + (rest === 0 ? 32 - INDEX_BITS + Math.clz32((high << 11) >>> 0) : Math.clz32(rest));
    const before = registers[index] as number;
    if (rank <= before) return;
    registers[index] = rank;
    this.#sum += 2 ** -rank - 2 ** -before;
    if (before === 0) this.#empty -= 1;
  }
}

const MAX_EXACT = 512;
const INDEX_BITS = 12;
const REGISTERS = 2 ** INDEX_BITS;
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);
