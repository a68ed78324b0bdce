import type { PipelineEdge, PipelineGraph, PipelineNode } from '@otelier/query';

/** The rates of an edge or a node. */
export interface Rate {
  readonly itemsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly refusedPerSecond: number;
}

/** The rates of a node. */
export interface NodeRate extends Rate {
  readonly droppedPerSecond: number;
}

/** The rates between two snapshots of a pipeline graph, by ID. */
export interface Rates {
  readonly nodes: ReadonlyMap<string, NodeRate>;
  readonly edges: ReadonlyMap<string, Rate>;
}

const IDLE: Rate = { itemsPerSecond: 0, bytesPerSecond: 0, refusedPerSecond: 0 };

/** Computes the rates between two snapshots. A node has the rate of what enters it; a receiver, of what leaves it. */
export function ratesBetween(before: PipelineGraph, after: PipelineGraph): Rates {
  const seconds = (after.atMillis - before.atMillis) / 1000;
  const earlier = new Map(before.edges.map((edge) => [edge.id, edge]));
  const edges = new Map(after.edges.map((edge) => [edge.id, edgeRate(edge, earlier.get(edge.id), seconds)]));
  const drops = new Map(before.nodes.map((node) => [node.id, droppedItems(node)]));
  const nodes = after.nodes.map((node): [string, NodeRate] => {
    const dropped = droppedItems(node) - (drops.get(node.id) ?? 0);
    const rate = node.kind === 'receiver' ? leaving(node, after, edges) : entering(node, after, edges);
    return [node.id, { ...rate, droppedPerSecond: seconds > 0 ? Math.max(0, dropped) / seconds : 0 }];
  });
  return { nodes: new Map(nodes), edges };
}

/** Returns the number of items that a node has dropped, for any reason. */
export function droppedItems({ dropped }: PipelineNode): number {
  return Object.values(dropped).reduce((sum, items) => sum + items, 0);
}

function edgeRate(now: PipelineEdge, before: PipelineEdge | undefined, seconds: number): Rate {
  // A counter that went back belongs to a process that was restarted meanwhile.
  if (before === undefined || seconds <= 0 || now.items < before.items) return IDLE;
  return {
    itemsPerSecond: (now.items - before.items) / seconds,
    bytesPerSecond: (now.bytes - before.bytes) / seconds,
    refusedPerSecond: Math.max(0, now.refusedItems - before.refusedItems) / seconds,
  };
}

function entering({ id }: PipelineNode, { edges }: PipelineGraph, rates: Rates['edges']): Rate {
  return edges.filter(({ to }) => to === id).reduce((sum, edge) => add(sum, rates.get(edge.id) ?? IDLE), IDLE);
}

/** All pipelines of a receiver get the same items, so that each signal counts once. */
function leaving({ id }: PipelineNode, { edges }: PipelineGraph, rates: Rates['edges']): Rate {
  const bySignal = Map.groupBy(
    edges.filter(({ from }) => from === id),
    ({ signal }) => signal,
  );
  return [...bySignal.values()].reduce((sum, list) => add(sum, fastest(list.map((edge) => rates.get(edge.id)))), IDLE);
}

/** Returns the rate of the branch with the most items. */
export function fastest(rates: readonly (Rate | undefined)[]): Rate {
  return rates.reduce<Rate>((best, rate) => (rate !== undefined && total(rate) > total(best) ? rate : best), IDLE);
}

function total({ itemsPerSecond, refusedPerSecond }: Rate): number {
  return itemsPerSecond + refusedPerSecond;
}

function add(a: Rate, b: Rate): Rate {
  return {
    itemsPerSecond: a.itemsPerSecond + b.itemsPerSecond,
    bytesPerSecond: a.bytesPerSecond + b.bytesPerSecond,
    refusedPerSecond: a.refusedPerSecond + b.refusedPerSecond,
  };
}
