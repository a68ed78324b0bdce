import { setTimeout as delay } from 'node:timers/promises';
import { type AsyncFileBytes, type FileOpener, PLAIN_FILES } from '../../parquet/file-bytes.ts';
import { traceIndexContains, traceIndexPrefix } from '../../trace-index.ts';
import type { StoredFile } from '../../write/protocol.ts';
import { Files } from './files.ts';
import { RecentCache } from './recent-cache.ts';
import { isTail } from './tail.ts';
import { buildTraceFilter, filterMayContain } from './trace-filter.ts';

/** Maximum total sizes of cached filters and indexes, in bytes. A filter of 30,000 traces has 40 kB, an index 250 kB. */
const FILTER_BYTES = 16 << 20;
const INDEX_BYTES = 4 << 20;
/** Number of traces up to which parts of an index are read instead of all of it. */
const MAX_PARTS = 4;
/** Size of a part, which most probably contains the prefix of a random ID, in bytes. */
const PART_BYTES = 8192;
/** Pause before each filter that is built in the background, which takes about 2 ms. */
const BUILD_PAUSE_MILLIS = 10;

interface Place {
  readonly offset: number;
  readonly length: number;
}

/** Uses the trace ID indexes in the files to find those that may contain a trace. */
export class TraceIndexes {
  readonly #filters: RecentCache<Uint8Array>;
  readonly #indexes: RecentCache<Uint8Array>;
  readonly #files: FileOpener;
  /** Files whose filters are to be built. */
  readonly #missing = new Map<string, Place>();
  #building: Promise<void> | undefined;

  constructor(filterBytes = FILTER_BYTES, indexBytes = INDEX_BYTES, files: FileOpener = PLAIN_FILES) {
    this.#files = files;
    this.#filters = new RecentCache(filterBytes);
    this.#indexes = new RecentCache(indexBytes);
  }

  /** Returns the files that may contain a span or log record of any of the traces. */
  async select(files: Files, traceIds: readonly string[]): Promise<Files> {
    const prefixes = traceIds.map(traceIndexPrefix);
    // An ID that is too short to be indexed may be in any file.
    if (prefixes.includes(undefined)) return files;
    const wanted = prefixes.filter((prefix) => prefix !== undefined);
    const kept = await Promise.all(
      files.all.map(async (file) => {
        if (file.traceIndex === undefined) return file;
        return (await this.#containsAny(file, file.traceIndex, wanted)) ? file : undefined;
      }),
    );
    return new Files(kept.filter((file) => file !== undefined));
  }

  async #containsAny({ path }: StoredFile, place: Place, prefixes: readonly bigint[]): Promise<boolean> {
    const index = this.#indexes.get(path);
    if (index !== undefined) return prefixes.some((prefix) => traceIndexContains(index, prefix));
    const filter = this.#filters.get(path);
    const wanted = filter === undefined ? prefixes : prefixes.filter((prefix) => filterMayContain(filter, prefix));
    if (wanted.length === 0) return false;
    const file = await this.#files.openAsync(path);
    try {
      if (wanted.length <= MAX_PARTS && place.length > PART_BYTES * 2) {
        const found = await Promise.all(wanted.map((prefix) => partContains(file, path, place, prefix)));
        if (!found.includes(undefined)) {
          if (filter === undefined) this.#buildLater(path, place);
          return found.includes(true);
        }
      }
      const whole = await read(file, path, place.offset, place.length);
      if (!isTail(path)) {
        this.#indexes.set(path, whole, whole.length);
        if (filter === undefined) this.#build(path, whole);
      }
      return wanted.some((prefix) => traceIndexContains(whole, prefix));
    } finally {
      await file.close();
    }
  }

  #build(path: string, index: Uint8Array): void {
    const filter = buildTraceFilter(index);
    this.#filters.set(path, filter, filter.length);
  }

  /** Builds a file's filter while no query waits for it, because building the filters of all files takes a while. */
  #buildLater(path: string, place: Place): void {
    if (isTail(path)) return;
    this.#missing.set(path, place);
    this.#building ??= this.#buildMissing().finally(() => {
      this.#building = undefined;
    });
  }

  async #buildMissing(): Promise<void> {
    for (const [path, place] of this.#missing) {
      this.#missing.delete(path);
      await delay(BUILD_PAUSE_MILLIS, undefined, { ref: false });
      if (this.#filters.get(path) !== undefined) continue;
      try {
        const file = await this.#files.openAsync(path);
        try {
          this.#build(path, await read(file, path, place.offset, place.length));
        } finally {
          await file.close();
        }
      } catch {
        // Retention removed the file, or a query reports that it cannot be read.
      }
    }
  }

  /** Resolves when the filters of all files that were searched have been built. */
  async built(): Promise<void> {
    await this.#building;
  }
}

/**
 * Searches the part of an index where a prefix would be if the IDs are random. Returns `undefined` if it would be
 * elsewhere.
 */
async function partContains(
  file: AsyncFileBytes,
  path: string,
  { offset, length }: Place,
  prefix: bigint,
): Promise<boolean | undefined> {
  const expected = Math.floor((Number(prefix) / 2 ** 64) * (length / 8)) * 8;
  const from = Math.max(0, Math.min(length, expected + PART_BYTES / 2) - PART_BYTES);
  const part = await read(file, path, offset + from, Math.min(PART_BYTES, length - from));
  const isAfterFirst = from === 0 || part.readBigUInt64LE(0) <= prefix;
  const isBeforeLast = from + part.length === length || part.readBigUInt64LE(part.length - 8) >= prefix;
  return isAfterFirst && isBeforeLast ? traceIndexContains(part, prefix) : undefined;
}

async function read(file: AsyncFileBytes, path: string, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  if ((await file.read(bytes, position)) < length) throw new Error(`${path}: truncated trace index`);
  return bytes;
}
