import type { Box, MapLayout, PlacedEdge, PlacedNode } from './placed.ts';

/** A number on an edge. */
interface EdgeLabel extends Box {
  readonly edge: PlacedEdge;
}

/** Maximum size of a label. */
const LABEL = { width: 42, height: 14 } as const;

/**
 * Returns the places of labels on the edges of a node: beside the node at the other end, where no two of them meet,
 * because each has a node of its own. A node that both calls and is called has a label at each side.
 */
export function labelsOf(layout: MapLayout, id: string): readonly EdgeLabel[] {
  const byId = new Map(layout.nodes.map((node) => [node.id, node]));
  return layout.edges.flatMap((edge): EdgeLabel[] => {
    if (edge.from === edge.to) return [];
    const [callee, caller] = [byId.get(edge.to), byId.get(edge.from)];
    if (edge.from === id && callee !== undefined)
      return [{ edge, x: callee.x - LABEL.width - 3, y: heightAt(callee, edge.points.at(-1)?.[1]), ...LABEL }];
    if (edge.to === id && caller !== undefined)
      return [{ edge, x: caller.x + caller.width + 3, y: heightAt(caller, edge.points[0]?.[1]), ...LABEL }];
    return [];
  });
}

/** Returns the top of a label on an edge that ends at this height, within the height of the node. */
function heightAt(node: PlacedNode, y: number = node.y): number {
  return Math.max(node.y, Math.min(node.y + node.height - LABEL.height, y - LABEL.height / 2));
}
