import { RecentCache } from '../shared/recent-cache.ts';

/** The points of a stream in one file, in time order. */
export interface Points {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly startTimes: Float64Array | undefined;
  /** 1 for a point without a recorded value; `undefined` if there is none. */
  readonly stale: Uint8Array | undefined;
}

/** Memory for points. */
const MAX_BYTES = 48 << 20;
const BYTES_PER_POINT = 16;
/** Memory of an entry without its points. */
const ENTRY_BYTES = 200;

/**
 * Keeps the points of streams in files, which do not change, so that a panel that is refreshed reads only new files.
 * Forgets the files that have not been used for the longest time.
 */
export class PointCache {
  readonly #files = new RecentCache<Map<string, Points>>(MAX_BYTES);

  /** Returns what is known of a file, by the ids of streams. */
  file(path: string): ReadonlyMap<string, Points> | undefined {
    return this.#files.get(path);
  }

  /** Adds the points of streams in a file, which are none for streams that the file does not contain. */
  add(path: string, entries: Iterable<readonly [id: string, points: Points]>): void {
    const file = this.#files.get(path) ?? new Map<string, Points>();
    for (const [id, points] of entries) file.set(id, points);
    let bytes = 0;
    for (const { times } of file.values()) bytes += ENTRY_BYTES + times.length * BYTES_PER_POINT;
    this.#files.set(path, file, bytes);
  }
}
