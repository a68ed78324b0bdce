import { open } from 'node:fs/promises';
import { traceIndexContains, traceIndexPrefix } from '../../trace-index.ts';
import type { StoredFile } from '../../write/protocol.ts';
import { Files } from './files.ts';

/** Maximum total size of cached indexes, in bytes. */
const CACHE_BYTES = 16 << 20;

/** Uses the trace ID indexes in the files to find those that may contain a trace. */
export class TraceIndexes {
  readonly #cache = new Map<string, Uint8Array>();
  #cachedBytes = 0;

  /** Returns the files that may contain a span or log record of any of the traces. */
  async select(files: Files, traceIds: readonly string[]): Promise<Files> {
    const prefixes = traceIds.map(traceIndexPrefix);
    // An ID that is too short to be indexed may be in any file.
    if (prefixes.includes(undefined)) return files;
    const wanted = prefixes.filter((prefix) => prefix !== undefined);
    const kept = await Promise.all(
      files.all.map(async (file) => {
        if (file.traceIndex === undefined) return file;
        const index = this.#cached(file.path) ?? (await this.#read(file, file.traceIndex));
        return wanted.some((prefix) => traceIndexContains(index, prefix)) ? file : undefined;
      }),
    );
    return new Files(kept.filter((file) => file !== undefined));
  }

  #cached(path: string): Uint8Array | undefined {
    const index = this.#cache.get(path);
    if (index !== undefined) {
      this.#cache.delete(path);
      this.#cache.set(path, index);
    }
    return index;
  }

  async #read(file: StoredFile, place: { readonly offset: number; readonly length: number }): Promise<Uint8Array> {
    const index = Buffer.allocUnsafeSlow(place.length);
    const handle = await open(file.path, 'r');
    try {
      const { bytesRead } = await handle.read(index, 0, place.length, place.offset);
      if (bytesRead < place.length) throw new Error(`${file.path}: truncated trace index`);
    } finally {
      await handle.close();
    }
    this.#keep(file.path, index);
    return index;
  }

  #keep(path: string, index: Uint8Array): void {
    if (this.#cache.has(path)) return;
    this.#cache.set(path, index);
    this.#cachedBytes += index.length;
    for (const [oldest, bytes] of this.#cache) {
      if (this.#cachedBytes <= CACHE_BYTES) return;
      this.#cache.delete(oldest);
      this.#cachedBytes -= bytes.length;
    }
  }
}
