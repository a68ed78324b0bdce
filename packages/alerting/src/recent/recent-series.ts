import type { Labels, SampleColumns } from '@otelier/query/promql';

/** The samples of a series of the last minutes, in time order. Old ones are dropped when there is no space for new ones. */
export class RecentSeries implements SampleColumns {
  readonly labels: Labels;
  times: Float64Array;
  values: Float64Array;
  stale: Uint8Array | undefined;
  from = 0;
  to = 0;

  constructor(labels: Labels, capacity = INITIAL_CAPACITY) {
    this.labels = labels;
    this.times = new Float64Array(capacity);
    this.values = new Float64Array(capacity);
  }

  /** Time of the last sample; -Infinity without one. */
  get lastTime(): number {
    return this.to === this.from ? Number.NEGATIVE_INFINITY : (this.times[this.to - 1] ?? 0);
  }

  get lastValue(): number {
    return this.to === this.from ? 0 : (this.values[this.to - 1] ?? 0);
  }

  /**
   * Adds a sample. One at a time that is already there replaces it. Samples before `oldest` may be dropped. Returns how many
   * more samples fit in the memory of the series than before.
   */
  add(time: number, value: number, isStale: boolean, oldest: number): number {
    let grown = 0;
    if (this.to === this.times.length) grown = this.#makeSpace(oldest);
    let at = this.to;
    while (at > this.from && (this.times[at - 1] ?? 0) > time) at -= 1;
    const isKnown = at > this.from && this.times[at - 1] === time;
    if (isKnown) at -= 1;
    else {
      if (at < this.to) this.#shift(at);
      this.to += 1;
    }
    this.times[at] = time;
    this.values[at] = value;
    if (isStale) this.stale ??= new Uint8Array(this.times.length);
    if (this.stale !== undefined) this.stale[at] = isStale ? 1 : 0;
    return grown;
  }

  #shift(at: number): void {
    this.times.copyWithin(at + 1, at, this.to);
    this.values.copyWithin(at + 1, at, this.to);
    this.stale?.copyWithin(at + 1, at, this.to);
  }

  #makeSpace(oldest: number): number {
    let from = this.from;
    while (from < this.to && (this.times[from] ?? 0) < oldest) from += 1;
    const length = this.to - from;
    const before = this.times.length;
    const capacity = length > before / 2 ? before * 2 : before;
    const [times, values] =
      capacity === before ? [this.times, this.values] : [new Float64Array(capacity), new Float64Array(capacity)];
    times.set(this.times.subarray(from, this.to));
    values.set(this.values.subarray(from, this.to));
    if (this.stale !== undefined) {
      const stale = this.stale.subarray(from, this.to);
      const hasStale = stale.includes(1);
      const copy = hasStale ? new Uint8Array(capacity) : undefined;
      copy?.set(stale);
      this.stale = copy;
    }
    this.times = times;
    this.values = values;
    this.from = 0;
    this.to = length;
    return capacity - before;
  }
}

const INITIAL_CAPACITY = 16;
