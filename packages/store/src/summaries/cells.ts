/**
 * Lengths of the time cells of a summary, in seconds. A file has cells of the shortest length of which its rows fill at
 * most `MAX_CELLS`, so that the page's usual steps (5 s for the last five minutes, 60 s for the last hour) consist of
 * whole cells and a summary is small.
 */
const CELL_SECONDS = [5, 15, 60, 300, 3600, 21_600, 86_400] as const;
const MAX_CELLS = 16;
const SAMPLES = 512;
const WORD = 4_294_967_296;

/** Assigns times to cells, which are numbered from the epoch. */
export class CellClock {
  readonly cellSeconds: number;
  /** The cell of the last time that was located. */
  cell = 0;
  /** Nanoseconds between the start of that cell and the time. */
  offset = 0;
  readonly #cellNanos: number;
  readonly #baseLow: number;
  readonly #baseHigh: number;
  readonly #baseCell: number;

  /** Chooses the cells for times given as pairs of words. Some times far from the others do not matter. */
  constructor(times: Uint32Array) {
    const rows = times.length / 2;
    const step = Math.max(1, Math.floor(rows / SAMPLES));
    const sample: number[] = [];
    for (let row = 0; row < rows; row += step) sample.push(secondsOf(times, row));
    sample.sort((a, b) => a - b);
    const [first = 0, last = 0] = [sample[Math.floor(sample.length * 0.05)], sample[Math.floor(sample.length * 0.95)]];
    this.cellSeconds = CELL_SECONDS.find((seconds) => (last - first) / 0.9 <= seconds * MAX_CELLS) ?? 86_400;
    this.#cellNanos = this.cellSeconds * 1e9;
    this.#baseCell = Math.floor(first / this.cellSeconds);
    const base = BigInt(this.#baseCell) * BigInt(this.#cellNanos);
    this.#baseLow = Number(base & 0xffff_ffffn);
    this.#baseHigh = Number(base >> 32n);
  }

  /** Sets `cell` and `offset` to those of a time. */
  locate(low: number, high: number): void {
    const fromBase = (high - this.#baseHigh) * WORD + (low - this.#baseLow);
    if (Number.isSafeInteger(fromBase)) {
      const cells = Math.floor(fromBase / this.#cellNanos);
      this.cell = this.#baseCell + cells;
      this.offset = fromBase - cells * this.#cellNanos;
      return;
    }
    const time = (BigInt(high) << 32n) | BigInt(low);
    this.cell = Number(time / BigInt(this.#cellNanos));
    this.offset = Number(time % BigInt(this.#cellNanos));
  }
}

/** Returns a time in seconds. It is rounded, which does not matter for choosing cells. */
function secondsOf(times: Uint32Array, row: number): number {
  return ((times[row * 2 + 1] as number) * WORD + (times[row * 2] as number)) / 1e9;
}
