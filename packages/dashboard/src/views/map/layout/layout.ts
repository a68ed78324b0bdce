import { t } from '../../../locale/t.ts';
import { type Calls, callsOf, layersOf } from './layers.ts';
import { orderLayers } from './order.ts';
import type { LayoutEdge, LayoutNode, MapLayout, PlacedNode } from './placed.ts';
import { isLong, routeEdges } from './routes.ts';

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
  const calls: Calls = callsOf(
    nodes.map(({ id }) => id),
    edges,
  );
  const layers = orderLayers(layersOfAll(nodes, edges), calls);
  const hasPeers = nodes.some(({ isPeer }) => isPeer);
  const arePeers = (index: number): boolean => hasPeers && index === layers.length - 1;
  const maxNodes = Math.max(0, ...layers.map((layer) => layer.length));
  const isDense = maxNodes > ROOMY_NODES;
  const [nodeHeight, gap] = isDense ? [24, 4] : [46, 12];
  const height = Math.max(minHeight, MARGIN.top + maxNodes * (nodeHeight + gap) + MARGIN.bottom);
  const inner = height - MARGIN.top - MARGIN.bottom;
  const placed = layers.flatMap((layer, index) => {
    // Layers with few nodes are not spread over all of a tall map.
    const step = Math.min(inner / Math.max(1, layer.length), Math.max(120, inner / maxNodes));
    const top = MARGIN.top + (inner - step * layer.length) / 2;
    return layer.map((id, at): PlacedNode => {
      const x = MARGIN.left + index * (NODE_WIDTH + LAYER_GAP);
      const y = Math.round(top + step * (at + 0.5) - nodeHeight / 2);
      return { id, layer: index, x, y, width: arePeers(index) ? PEER_WIDTH : NODE_WIDTH, height: nodeHeight };
    });
  });
  return {
    width: Math.max(0, ...placed.map(({ x, width }) => x + width)) + MARGIN.right,
    height,
    nodes: placed,
    edges: routeEdges(placed, edges),
    heads: layers.map((_, index) => ({
      text: headOf(index, arePeers(index)),
      x: MARGIN.left + index * (NODE_WIDTH + LAYER_GAP),
    })),
    isDense,
  };
}

/** Returns the edges that a layout folds, without placing anything. */
export function longEdges<Edge extends LayoutEdge>(
  nodes: readonly LayoutNode[],
  edges: readonly Edge[],
): readonly Edge[] {
  const layers = layersOfAll(nodes, edges);
  const layerOf = new Map(layers.flatMap((layer, index) => layer.map((id) => [id, index] as const)));
  return edges.filter(({ from, to }) => {
    const [caller, called] = [layerOf.get(from), layerOf.get(to)];
    return caller !== undefined && called !== undefined && isLong(caller, called);
  });
}

/** Assigns the services to layers in the direction of calls, and the peers to the last one. */
function layersOfAll(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): readonly (readonly string[])[] {
  const services = nodes.filter((node) => !node.isPeer).map(({ id }) => id);
  const peers = nodes.filter((node) => node.isPeer).map(({ id }) => id);
  const own = layersOf(services, callsOf(services, edges));
  return peers.length === 0 ? own : [...own, peers];
}

function headOf(index: number, isPeers: boolean): string {
  if (isPeers) return t('Databases, queues, external');
  return index === 0 ? t('Entry') : t('Depth {depth}', { depth: index + 1 });
}
