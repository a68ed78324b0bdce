import type { MetricIdentity, MetricStream } from '../../samples.ts';
import { RecentCache } from '../shared/recent-cache.ts';

/** Maximum number of streams, and of identities, that are kept. A list counts as one more. */
const MAX_ENTRIES = 50_000;

/** Keeps the streams and identities of metrics in files, which do not change, and forgets those used least recently. */
export class StreamCache {
  readonly #streams = new RecentCache<readonly MetricStream[]>(MAX_ENTRIES);
  readonly #identities = new RecentCache<readonly MetricIdentity[]>(MAX_ENTRIES);

  /** Returns the streams of a metric in a file. */
  get(path: string, name: string): readonly MetricStream[] | undefined {
    return this.#streams.get(`${path}\0${name}`);
  }

  set(path: string, name: string, streams: readonly MetricStream[]): void {
    this.#streams.set(`${path}\0${name}`, streams, streams.length + 1);
  }

  /** Returns the metrics in a file. */
  identities(path: string): readonly MetricIdentity[] | undefined {
    return this.#identities.get(path);
  }

  setIdentities(path: string, identities: readonly MetricIdentity[]): void {
    this.#identities.set(path, identities, identities.length + 1);
  }
}
