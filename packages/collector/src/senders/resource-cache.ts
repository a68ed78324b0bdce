/** Maximum size of a resource whose sender is recognized. */
const MAX_RESOURCE_BYTES = 32_768;
/** Maximum size of all resources that are kept. */
const MAX_CACHED_BYTES = 4 * 1024 * 1024;
/** Number of bytes that the hash of a resource reads. */
const HASHED_BYTES = 24;

interface Entry<T> {
  readonly bytes: Buffer;
  readonly address: string;
  readonly value: T;
}

/**
 * Values by the bytes of a resource and an address. SDKs repeat the bytes of their resource in each request, so that a
 * lookup costs a hash of a few bytes and one comparison. Resources are evicted all at once when there are too many.
 */
export class ResourceCache<T> {
  readonly #buckets = new Map<number, Entry<T>[]>();
  #bytes = 0;

  get(bytes: Uint8Array, start: number, end: number, address: string): T | undefined {
    const bucket = this.#buckets.get(hashOf(bytes, start, end));
    if (bucket === undefined) return undefined;
    for (const entry of bucket) {
      if (entry.address === address && entry.bytes.compare(bytes, start, end) === 0) return entry.value;
    }
    return undefined;
  }

  /** Adds a resource, unless it is too large. */
  set(bytes: Uint8Array, start: number, end: number, address: string, value: T): void {
    const size = end - start;
    if (size > MAX_RESOURCE_BYTES) return;
    if (this.#bytes + size > MAX_CACHED_BYTES) this.clear();
    const hash = hashOf(bytes, start, end);
    const entry = { bytes: Buffer.from(bytes.slice(start, end)), address, value };
    const bucket = this.#buckets.get(hash);
    if (bucket === undefined) this.#buckets.set(hash, [entry]);
    // Resources that collide on purpose replace each other.
    else if (bucket.length < MAX_BUCKET) bucket.push(entry);
    else bucket[0] = entry;
    this.#bytes += size + ENTRY_BYTES;
  }

  clear(): void {
    this.#buckets.clear();
    this.#bytes = 0;
  }
}

const MAX_BUCKET = 4;
/** Estimated memory of an entry besides its bytes. */
const ENTRY_BYTES = 300;

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  const step = Math.max(1, Math.floor((end - start) / HASHED_BYTES));
  let hash = end - start;
  for (let pos = start; pos < end; pos += step) hash = (Math.imul(hash, 31) + (bytes[pos] ?? 0)) | 0;
  return hash;
}
