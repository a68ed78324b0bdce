/** Bits per trace. With this number of hashes, about one of 120 other traces passes. */
const BITS_PER_TRACE = 10;
const HASHES = 5;

/**
 * Builds a Bloom filter of the prefixes in a trace ID index, a sixth of its size. A query that has the filter of a file
 * rarely reads its index.
 */
export function buildTraceFilter(index: Uint8Array): Uint8Array {
  const count = index.byteLength / 8;
  const filter = new Uint8Array(Math.max(8, Math.ceil((count * BITS_PER_TRACE) / 8)));
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength);
  for (let at = 0; at < count; at++) {
    forEachBit(filter, view.getUint32(at * 8, true), view.getUint32(at * 8 + 4, true), (byte, bit) => {
      filter[byte] = filter[byte] | bit;
      return true;
    });
  }
  return filter;
}

/** Reports whether a trace may be in the index of a filter. */
export function filterMayContain(filter: Uint8Array, prefix: bigint): boolean {
  const [low, high] = [Number(prefix & 0xffff_ffffn), Number(prefix >> 32n)];
  return forEachBit(filter, low, high, (byte, bit) => (filter[byte] & bit) !== 0);
}

/** Calls `visit` with each bit of a prefix until it returns `false`, which is then returned. */
function forEachBit(
  filter: Uint8Array,
  low: number,
  high: number,
  visit: (byte: number, bit: number) => boolean,
): boolean {
  // Mixes both words, because IDs are not random with all senders.
  const first = mix(low ^ mix(high));
  const second = mix(high ^ first) | 1;
  const bits = filter.length * 8;
  for (let hash = 0; hash < HASHES; hash++) {
    const place = ((first + Math.imul(hash, second)) >>> 0) % bits;
    if (!visit(place >>> 3, 1 << (place & 7))) return false;
  }
  return true;
}

function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}
