import type { Series } from './series.ts';
import type { SeriesTable } from './series-table.ts';

/** The metrics of a resource. */
export interface ResourceMetrics {
  readonly key: string;
  /** Encoded resource attributes. */
  readonly attributes: Uint8Array;
  readonly calls: SeriesTable<Series>;
  readonly durations: SeriesTable<Series> | undefined;
  readonly events: SeriesTable<Series> | undefined;
  /** Monotonic time of the most recent spans, in milliseconds. */
  lastSeenMillis: number;
  /** Incremented when series are removed, which invalidates caches. */
  generation: number;
  /** `evicted` metrics are emitted one last time, unless more spans arrive before that. */
  place: 'cached' | 'evicted' | 'removed';
}

/** Returns a resource's series tables. */
export function tablesOf({ calls, durations, events }: ResourceMetrics): readonly SeriesTable<Series>[] {
  return [calls, durations, events].filter((table) => table !== undefined);
}

/**
 * An LRU cache of resource metrics, like the Collector's: evicted metrics stay until the next flush, which emits them,
 * and are restored if spans arrive before then.
 */
export class ResourceCache {
  readonly #maxSize: number;
  /** In order of use, least recently used first. */
  readonly #cached = new Map<string, ResourceMetrics>();
  readonly #evicted = new Map<string, ResourceMetrics>();
  #latest: ResourceMetrics | undefined;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  get isEmpty(): boolean {
    return this.#cached.size === 0 && this.#evicted.size === 0;
  }

  /** Marks metrics as used. Returns false if they have been removed. */
  use(metrics: ResourceMetrics): boolean {
    if (metrics === this.#latest) return true;
    if (metrics.place === 'removed') return false;
    if (metrics.place === 'cached') this.#cached.delete(metrics.key);
    this.add(metrics);
    return true;
  }

  get(key: string): ResourceMetrics | undefined {
    return this.#cached.get(key) ?? this.#evicted.get(key);
  }

  /** Adds metrics as the most recently used, evicting the least recently used ones if there are too many. */
  add(metrics: ResourceMetrics): void {
    this.#evicted.delete(metrics.key);
    metrics.place = 'cached';
    this.#cached.set(metrics.key, metrics);
    this.#latest = metrics;
    if (this.#cached.size <= this.#maxSize) return;
    for (const oldest of this.#cached.values()) {
      this.evict(oldest);
      break;
    }
  }

  /** Emits metrics one last time and then removes them. */
  evict(metrics: ResourceMetrics): void {
    this.#cached.delete(metrics.key);
    metrics.place = 'evicted';
    this.#evicted.set(metrics.key, metrics);
    if (this.#latest === metrics) this.#latest = undefined;
  }

  /** Returns all metrics, including evicted ones. */
  all(): readonly ResourceMetrics[] {
    return [...this.#cached.values(), ...this.#evicted.values()];
  }

  /** Returns the metrics that have not been evicted. */
  cached(): readonly ResourceMetrics[] {
    return [...this.#cached.values()];
  }

  removeEvicted(): void {
    this.#remove(this.#evicted);
  }

  removeAll(): void {
    this.#remove(this.#evicted);
    this.#remove(this.#cached);
    this.#latest = undefined;
  }

  #remove(from: Map<string, ResourceMetrics>): void {
    for (const metrics of from.values()) {
      metrics.place = 'removed';
      for (const table of tablesOf(metrics)) table.clear();
    }
    from.clear();
  }
}
