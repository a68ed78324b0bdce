import type { Graph } from './graph.ts';
import type { Node } from './node.ts';
import { StartError } from './start-error.ts';

/** Starts nodes one after the other until `stopped` says that somebody shuts them down. Rejects with a `StartError`. */
export async function startNodes(nodes: readonly Node[], stopped: () => boolean): Promise<void> {
  for (const node of nodes) {
    try {
      await node.start();
    } catch (error) {
      throw new StartError(node.identity, error);
    }
    // A shutdown that came meanwhile has closed this node; the others must not open.
    if (stopped()) return;
  }
}

/** Closes every node, receivers first, whatever any of them says. */
export async function closeNodes(nodes: readonly Node[]): Promise<void> {
  for (const node of nodes.toReversed()) {
    try {
      await node.shutdown();
    } catch (error) {
      node.logger.error({ err: error }, 'A component could not be closed properly.');
    }
  }
}

/** Items that exporters have delivered, and items that were lost at the end; both only grow. */
export interface Forwarded {
  readonly forwardedItems: number;
  readonly lostItems: number;
}

/**
 * What the exporters of a graph have done since the start. Deliveries are counted as such: the difference of what came
 * in and what waits or was lost falls below 0 when a processor before an exporter loses what the exporter never saw.
 */
export function countForwarded(graph: Graph): Forwarded {
  let forwardedItems = 0;
  let lostItems = 0;
  for (const { to, edge } of graph.edges) {
    if (to.identity.kind === 'exporter' && to.queue === undefined) forwardedItems += edge.items;
  }
  for (const { dropped, queue } of graph.nodes) {
    forwardedItems += queue?.().deliveredItems ?? 0;
    lostItems += dropped['shutdown'] ?? 0;
  }
  return { forwardedItems, lostItems };
}
