import { type Calls, callsOf, layersOf } from './layers.ts';
import { orderLayers } from './order.ts';
import type { LayoutEdge, LayoutNode, MapLayout, PlacedNode } from './placed.ts';
import { routeEdges } from './routes.ts';

/** Number of nodes in a layer up to which they have two lines. */
const ROOMY_NODES = 13;
const NODE_WIDTH = 140;
/** Peers are named by addresses, which are longer. */
const PEER_WIDTH = 168;
/** Distance between layers: edges with two labels fit in between. */
const LAYER_GAP = 92;
const MARGIN = { left: 20, top: 40, right: 20, bottom: 44 };

/**
 * Places the nodes in layers from left to right in the direction of calls. The result depends only on the nodes and
 * edges, not on their order, so that a node keeps its place.
 */
export function layoutMap(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[], minHeight = 0): MapLayout {
  const services = nodes.filter((node) => !node.isPeer).map(({ id }) => id);
  const peers = nodes.filter((node) => node.isPeer).map(({ id }) => id);
  const own = layersOf(services, callsOf(services, edges));
  const calls: Calls = callsOf(
    nodes.map(({ id }) => id),
    edges,
  );
  const layers = orderLayers(peers.length === 0 ? own : [...own, peers], calls);
  const maxNodes = Math.max(0, ...layers.map((layer) => layer.length));
  const isDense = maxNodes > ROOMY_NODES;
  const [nodeHeight, gap] = isDense ? [24, 4] : [46, 12];
  const height = Math.max(minHeight, MARGIN.top + maxNodes * (nodeHeight + gap) + MARGIN.bottom);
  const inner = height - MARGIN.top - MARGIN.bottom;
  const widthOf = (index: number): number => (index === own.length ? PEER_WIDTH : NODE_WIDTH);
  const placed = layers.flatMap((layer, index) => {
    // Layers with few nodes are not spread over all of a tall map.
    const step = Math.min(inner / Math.max(1, layer.length), Math.max(120, inner / maxNodes));
    const top = MARGIN.top + (inner - step * layer.length) / 2;
    return layer.map((id, at): PlacedNode => {
      const x = MARGIN.left + index * (NODE_WIDTH + LAYER_GAP);
      const y = Math.round(top + step * (at + 0.5) - nodeHeight / 2);
      return { id, layer: index, x, y, width: widthOf(index), height: nodeHeight };
    });
  });
  return {
    width: Math.max(0, ...placed.map(({ x, width }) => x + width)) + MARGIN.right,
    height,
    nodes: placed,
    edges: routeEdges(placed, edges),
    heads: layers.map((_, index) => ({
      text: headOf(index, peers.length > 0 && index === layers.length - 1),
      x: MARGIN.left + index * (NODE_WIDTH + LAYER_GAP),
    })),
    isDense,
  };
}

function headOf(index: number, isPeers: boolean): string {
  if (isPeers) return 'Databases, queues, external';
  return index === 0 ? 'Entry' : `Depth ${index + 1}`;
}
