import { encodeAnyValue, WireWriter } from '@otelier/otlp';
import type { StateBudget } from '../../metrics/state-budget.ts';
import type { Series, SeriesStart } from './series.ts';

/** The series of a resource's metric, by key. */
export class SeriesTable<S extends Series> {
  readonly #create: (start: SeriesStart) => S;
  readonly #limit: number;
  readonly #budget: StateBudget;
  readonly #series = new Map<string, S>();

  /** `limit` is the maximum number of series; 0 means no limit. */
  constructor(create: (start: SeriesStart) => S, limit: number, budget: StateBudget) {
    this.#create = create;
    this.#limit = limit;
    this.#budget = budget;
  }

  get size(): number {
    return this.#series.size;
  }

  entries(): Iterable<[key: string, series: S]> {
    return this.#series;
  }

  /** Returns the series with this key or, beyond the limit, the overflow series. */
  getOrCreate(key: string, attributesOf: () => Uint8Array, startTimeUnixNano: bigint, nowMillis: number): S {
    const existing = this.#series.get(key);
    if (existing !== undefined) {
      existing.lastSeenMillis = nowMillis;
      return existing;
    }
    const isOverflow = (this.#limit > 0 && this.#series.size >= this.#limit) || this.#budget.isFull();
    if (!isOverflow) return this.#add(key, { attributes: attributesOf(), startTimeUnixNano, isOverflow, nowMillis });
    return (
      this.#series.get(OVERFLOW) ??
      this.#add(OVERFLOW, { attributes: OVERFLOW_ATTRIBUTES, startTimeUnixNano, isOverflow, nowMillis })
    );
  }

  /** Removes series that have had no spans since `limitMillis`, and reports whether there were any. */
  expire(limitMillis: number): boolean {
    const before = this.#series.size;
    for (const [key, series] of this.#series) {
      if (series.lastSeenMillis > limitMillis) continue;
      this.#series.delete(key);
      this.#budget.usedBytes -= sizeOf(key, series);
    }
    return this.#series.size < before;
  }

  clearExemplars(): void {
    for (const series of this.#series.values()) series.clearExemplars();
  }

  /** Removes all series. */
  clear(): void {
    for (const [key, series] of this.#series) this.#budget.usedBytes -= sizeOf(key, series);
    this.#series.clear();
  }

  #add(key: string, start: SeriesStart): S {
    const series = this.#create(start);
    this.#series.set(key, series);
    this.#budget.usedBytes += sizeOf(key, series);
    return series;
  }
}

function sizeOf(key: string, { attributes, sizeBytes }: Series): number {
  return OVERHEAD_BYTES + 2 * key.length + attributes.length + sizeBytes;
}

/** Memory used by objects, map entries, and the key in the cache in front of the table. */
const OVERHEAD_BYTES = 500;
const OVERFLOW = 'otel.metric.overflow';
const OVERFLOW_ATTRIBUTES: Uint8Array = new WireWriter()
  .bytesField(1, new WireWriter().stringField(1, OVERFLOW).bytesField(2, encodeAnyValue(true)).finish())
  .finish();
