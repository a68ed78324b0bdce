import type { HeaderBlock } from './header-block.ts';

interface Entry {
  readonly bytes: Uint8Array;
  readonly block: HeaderBlock;
}

/**
 * Caches decoded blocks while the tables are unchanged. A busy peer sends the same few bytes with each request: a cache
 * hit takes 40 ns, decoding 900 ns (`hpack.bench.ts`).
 */
export class BlockCache {
  /** One slot per hash, which holds the most recent block. This bounds the cache without bookkeeping. */
  readonly #entries: (Entry | undefined)[] = [];

  /** Returns the block with the bytes `[from, to)`. */
  find(bytes: Uint8Array, from: number, to: number): HeaderBlock | undefined {
    const entry = this.#entries[slotOf(bytes, from, to)];
    return entry !== undefined && isSame(entry.bytes, bytes, from, to) ? entry.block : undefined;
  }

  /** Stores a block under a copy of `bytes`. */
  keep(bytes: Uint8Array, block: HeaderBlock): void {
    if (bytes.length <= MAX_BLOCK_BYTES)
      this.#entries[slotOf(bytes, 0, bytes.length)] = { bytes: new Uint8Array(bytes), block };
  }

  clear(): void {
    if (this.#entries.length > 0) this.#entries.length = 0;
  }
}

const SLOTS = 64;
/** Longer blocks contain literals, which rarely recur. */
const MAX_BLOCK_BYTES = 512;

/** FNV-1a. A peer that causes collisions only disables the cache for itself. */
function slotOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  const end = Math.min(to, from + MAX_BLOCK_BYTES);
  for (let at = from; at < end; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193);
  return (hash ^ (hash >>> 16)) & (SLOTS - 1);
}

function isSame(a: Uint8Array, b: Uint8Array, from: number, to: number): boolean {
  if (a.length !== to - from) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[from + at]) return false;
  return true;
}
