import { crc32 } from 'node:zlib';

/** A collector that targets can be assigned to. */
export interface AllocatedCollector {
  readonly id: string;
  /** Node of the cluster that it runs on. */
  readonly node?: string | undefined;
}

/** Assigns targets to collectors. */
export interface Allocation {
  /** Returns the collector of a target by its URL and, for `per-node`, its node; `undefined` if there are no collectors. */
  collectorOf(url: string, node: string | undefined): string | undefined;
}

/** Assigns targets to the collectors on their nodes, and those without one by hashing. */
export function allocatePerNode(collectors: readonly AllocatedCollector[]): Allocation {
  const byNode = Map.groupBy(collectors, ({ node }) => node ?? '');
  const others = allocateByHash(collectors);
  return {
    collectorOf(url, node) {
      const onNode = node === undefined || node === '' ? undefined : byNode.get(node);
      return onNode === undefined ? others.collectorOf(url, node) : highest(url, onNode);
    },
  };
}

/**
 * Assigns targets by rendezvous hashing: each target has a score with each collector, and the highest one wins. A target moves
 * only if its collector is gone, or a new one has a higher score.
 */
export function allocateByHash(collectors: readonly AllocatedCollector[]): Allocation {
  return { collectorOf: (url) => highest(url, collectors) };
}

function highest(url: string, collectors: readonly AllocatedCollector[]): string | undefined {
  const hash = crc32(url);
  let best: string | undefined;
  let bestScore = -1;
  for (const { id } of collectors) {
    const score = mix(hash ^ mix(crc32(id)));
    if (score > bestScore || (score === bestScore && best !== undefined && id < best)) {
      best = id;
      bestScore = score;
    }
  }
  return best;
}

/** The finalizer of MurmurHash3: every bit of the number changes about half of the bits of the result. */
function mix(number: number): number {
  let h = number;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
