import type { MetricIdentity, MetricStream } from '../../samples.ts';

/** Maximum number of streams and identities that are kept. */
const MAX_ENTRIES = 50_000;

/** Keeps the streams and identities of metrics in files, which do not change, and forgets those used least recently. */
export class StreamCache {
  readonly #streams = new Recent<readonly MetricStream[]>();
  readonly #identities = new Recent<readonly MetricIdentity[]>();

  /** Returns the streams of a metric in a file. */
  get(path: string, name: string): readonly MetricStream[] | undefined {
    return this.#streams.get(`${path}\0${name}`);
  }

  set(path: string, name: string, streams: readonly MetricStream[]): void {
    this.#streams.set(`${path}\0${name}`, streams);
  }

  /** Returns the metrics in a file. */
  identities(path: string): readonly MetricIdentity[] | undefined {
    return this.#identities.get(path);
  }

  setIdentities(path: string, identities: readonly MetricIdentity[]): void {
    this.#identities.set(path, identities);
  }
}

/** Lists by key, up to a total number of entries. */
class Recent<List extends readonly unknown[]> {
  readonly #lists = new Map<string, List>();
  #entries = 0;

  get(key: string): List | undefined {
    const found = this.#lists.get(key);
    if (found === undefined) return undefined;
    this.#lists.delete(key);
    this.#lists.set(key, found);
    return found;
  }

  set(key: string, list: List): void {
    this.#remove(key);
    this.#lists.set(key, list);
    this.#entries += list.length + 1;
    for (const oldest of this.#lists.keys()) {
      if (this.#entries <= MAX_ENTRIES) return;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    const list = this.#lists.get(key);
    if (list === undefined) return;
    this.#lists.delete(key);
    this.#entries -= list.length + 1;
  }
}
