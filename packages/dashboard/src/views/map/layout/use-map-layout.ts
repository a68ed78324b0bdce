import { useMemo } from 'react';
import type { MapGraph } from '../graph.ts';
import { layoutMap } from './layout.ts';
import type { LayoutEdge, LayoutNode, MapLayout } from './placed.ts';

/** The part of a graph on which positions depend. */
interface Shape {
  readonly nodes: readonly LayoutNode[];
  readonly edges: readonly LayoutEdge[];
}

/** Lays a graph out. Positions depend on its shape, not on its numbers. */
export function useMapLayout(graph: MapGraph, height: number): MapLayout {
  // A text, because graphs with equal shapes have equal texts.
  const shape = useMemo(() => JSON.stringify(shapeOf(graph)), [graph]);
  return useMemo(() => {
    // The height is not known before the first measurement.
    if (height === 0) return NOTHING;
    const start = performance.now();
    const { nodes, edges } = JSON.parse(shape) as Shape;
    const layout = layoutMap(nodes, edges, height);
    // Shown by the browser's profiler, and read by bench/browser/service-map.ts.
    performance.measure('map layout', { start });
    return layout;
  }, [shape, height]);
}

const NOTHING = layoutMap([], []);

function shapeOf({ nodes, edges }: MapGraph): Shape {
  const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);
  return {
    nodes: [...nodes.values()].map(({ id, isPeer }) => ({ id, isPeer })).sort(byId),
    edges: edges.map(({ id, from, to }) => ({ id, from, to })).sort(byId),
  };
}
