import { crc32 } from 'node:zlib';

/** Number of positions on the ring: a hundredth of a degree each. */
const POSITIONS = 36_000;
/** Number of points of each endpoint. */
const POINTS = 100;

/**
 * A ring for consistent hashing, with the points of the Collector's: an identifier belongs to the endpoint whose point is at
 * its position or the next one after it. When an endpoint comes or goes, only its share of the identifiers moves.
 */
export class HashRing {
  /** The endpoints in order. */
  readonly endpoints: readonly string[];
  /** The index of the endpoint that each position belongs to. */
  readonly #owners: Uint32Array;

  constructor(endpoints: Iterable<string>) {
    this.endpoints = [...new Set(endpoints)].sort(byBytes);
    this.#owners = ownersOf(this.endpoints);
  }

  /** Returns the index of the endpoint that an identifier belongs to. The ring must have an endpoint. */
  indexOf(identifier: Uint8Array | string): number {
    return this.#owners[crc32(identifier) % POSITIONS];
  }
}

function ownersOf(endpoints: readonly string[]): Uint32Array {
  const points = new Map<number, number>();
  for (const [index, endpoint] of endpoints.entries()) {
    const sum = crc32(endpoint);
    for (let point = 0; point < POINTS; point++) {
      const position = crc32(Uint8Array.of(point), sum) % POSITIONS;
      // The first endpoint with a point at a position keeps it.
      if (!points.has(position)) points.set(position, index);
    }
  }
  const owners = new Uint32Array(POSITIONS);
  const first = points.get(Math.min(...points.keys())) ?? 0;
  let owner = first;
  for (let position = POSITIONS - 1; position >= 0; position--) {
    owner = points.get(position) ?? owner;
    owners[position] = owner;
  }
  return owners;
}

/** Go sorts strings by their bytes. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
