import type { Series } from './series.ts';
import type { SeriesTable } from './series-table.ts';

/** The metrics of one resource. */
export interface ResourceMetrics {
  readonly key: string;
  /** Encoded attributes of the resource. */
  readonly attributes: Uint8Array;
  readonly calls: SeriesTable<Series>;
  readonly durations: SeriesTable<Series> | undefined;
  readonly events: SeriesTable<Series> | undefined;
  /** Monotonic time of the last spans, in milliseconds. */
  lastSeenMillis: number;
  /** Changes when series are removed, so that caches forget them. */
  generation: number;
  /** `evicted` is emitted once more, unless spans arrive before. */
  place: 'cached' | 'evicted' | 'removed';
}

/** Returns the series tables of a resource. */
export function tablesOf({ calls, durations, events }: ResourceMetrics): readonly SeriesTable<Series>[] {
  return [calls, durations, events].filter((table) => table !== undefined);
}

/**
 * The metrics of the resources used last, like the Collector's cache: evicted ones stay until the next flush, which emits
 * them, and return when spans arrive before it.
 */
export class ResourceCache {
  readonly #maxSize: number;
  /** The least recently used first. */
  readonly #cached = new Map<string, ResourceMetrics>();
  readonly #evicted = new Map<string, ResourceMetrics>();
  #latest: ResourceMetrics | undefined;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  get isEmpty(): boolean {
    return this.#cached.size === 0 && this.#evicted.size === 0;
  }

  /** Marks metrics as used. Returns false if they were removed. */
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

  /** Adds metrics as the most recently used ones, and evicts the least recently used ones if there are too many. */
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

  /** Emits these metrics once more and then removes them. */
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

  /** Returns the metrics that are not evicted. */
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
