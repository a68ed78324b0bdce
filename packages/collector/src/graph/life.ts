import { nextTurn } from '../component/turns/next-turn.ts';
import type { Graph } from './graph.ts';
import type { Node } from './node.ts';
import { StartError } from './start-error.ts';

/** Starts nodes one by one, each in its own turn, until `stopped` returns true. Rejects with a `StartError`. */
export async function startNodes(nodes: readonly Node[], stopped: () => boolean): Promise<void> {
  for (const node of nodes) {
    try {
      await node.start();
    } catch (error) {
      throw new StartError(node.identity, error);
    }
    await nextTurn();
    // A concurrent shutdown has closed this node; do not start the others.
    if (stopped()) return;
  }
}

/** Shuts down every node, receivers first and each in its own turn, and logs failures. */
export async function closeNodes(nodes: readonly Node[]): Promise<void> {
  for (const node of nodes.toReversed()) {
    try {
      await node.shutdown();
    } catch (error) {
      node.logger.error({ err: error }, 'shutdown failed');
    }
    await nextTurn();
  }
}

/** Number of items delivered by exporters and lost at shutdown, since the start. */
export interface Forwarded {
  readonly forwardedItems: number;
  readonly lostItems: number;
}

/**
 * Returns the number of items that a graph's exporters have delivered since the start. Deliveries are counted directly,
 * because received minus queued minus lost items could be negative: processors lose items that exporters never see.
 */
export function countForwarded(graph: Pick<Graph, 'nodes' | 'edges'>): Forwarded {
  let forwardedItems = 0;
  let lostItems = 0;
  for (const { to, edge } of graph.edges) {
    if (to.identity.kind === 'exporter' && to.queue === undefined) forwardedItems += edge.items;
  }
  for (const { ledger, queue } of graph.nodes) {
    forwardedItems += queue?.().deliveredItems ?? 0;
    lostItems += ledger.dropped['shutdown'] ?? 0;
  }
  return { forwardedItems, lostItems };
}
