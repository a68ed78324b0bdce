/** How samples of one series are joined into a longer step. */
export type Joining = 'mean' | 'max';

/** Values by name, at one time. */
export type Sample = ReadonlyMap<string, number>;

/** Maximum number of series, so that changing names do not grow the memory. */
const MAX_SERIES = 96;

/** The last samples of a number of series, one per step of time, in memory of a fixed size. */
export class SeriesRing {
  readonly stepMillis: number;
  readonly #capacity: number;
  readonly #joining: (name: string) => Joining;
  readonly #times: Float64Array;
  readonly #series = new Map<string, { readonly values: Float32Array; readonly counts: Uint16Array }>();

  constructor(stepMillis: number, capacity: number, joining: (name: string) => Joining) {
    this.stepMillis = stepMillis;
    this.#capacity = capacity;
    this.#joining = joining;
    this.#times = new Float64Array(capacity).fill(Number.NaN);
  }

  /** Adds a sample to the step that contains its time. */
  add(millis: number, sample: Sample): void {
    const step = Math.floor(millis / this.stepMillis);
    const slot = step % this.#capacity;
    const start = step * this.stepMillis;
    if (this.#times[slot] !== start) {
      // An older sample must not replace a newer one, which a change of the clock would do.
      if ((this.#times[slot] ?? 0) > start) return;
      this.#times[slot] = start;
      for (const { counts } of this.#series.values()) counts[slot] = 0;
    }
    for (const [name, value] of sample) {
      const series = this.#series.get(name) ?? this.#create(name);
      if (series === undefined || !Number.isFinite(value)) continue;
      const count = series.counts[slot] ?? 0;
      const before = series.values[slot] ?? 0;
      series.counts[slot] = Math.min(count + 1, 65_535);
      if (count === 0) series.values[slot] = value;
      else if (this.#joining(name) === 'max') series.values[slot] = Math.max(before, value);
      else series.values[slot] = before + (value - before) / (count + 1);
    }
  }

  /** Time of the first step, if there is one. */
  get firstMillis(): number | undefined {
    let first: number | undefined;
    for (const time of this.#times) if (!Number.isNaN(time) && (first === undefined || time < first)) first = time;
    return first;
  }

  get names(): readonly string[] {
    return [...this.#series.keys()];
  }

  /** Calls `visit` with each value of a series between two times, in no particular order. */
  forEach(name: string, startMillis: number, endMillis: number, visit: (millis: number, value: number) => void): void {
    const series = this.#series.get(name);
    if (series === undefined) return;
    for (let slot = 0; slot < this.#capacity; slot++) {
      const time = this.#times[slot] ?? Number.NaN;
      if (time >= startMillis && time < endMillis && (series.counts[slot] ?? 0) > 0)
        visit(time, series.values[slot] ?? 0);
    }
  }

  #create(name: string): { readonly values: Float32Array; readonly counts: Uint16Array } | undefined {
    if (this.#series.size >= MAX_SERIES) return undefined;
    const created = { values: new Float32Array(this.#capacity), counts: new Uint16Array(this.#capacity) };
    this.#series.set(name, created);
    return created;
  }
}
