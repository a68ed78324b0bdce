import { useMemo } from 'react';
import type { MapGraph } from '../graph.ts';
import { layoutMap } from './layout.ts';
import type { MapLayout } from './placed.ts';

/** Lays a graph out. Positions depend on its shape, not on its numbers. */
export function useMapLayout(graph: MapGraph | undefined, height: number): MapLayout {
  const shape = useMemo(
    () =>
      graph === undefined
        ? ''
        : JSON.stringify([[...graph.nodes.keys()].sort(), graph.edges.map(({ id }) => id).sort()]),
    [graph],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  return useMemo(() => layoutMap([...(graph?.nodes.values() ?? [])], graph?.edges ?? [], height), [shape, height]);
}
