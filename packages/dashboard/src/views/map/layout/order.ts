import type { Calls } from './layers.ts';

const SWEEPS = 12;

/**
 * Orders the nodes of each layer so that few edges cross: nodes move towards the average place of the nodes that they
 * are connected with, in sweeps to the right and to the left.
 */
export function orderLayers(layers: readonly (readonly string[])[], calls: Calls): readonly (readonly string[])[] {
  const ordered = layers.map((layer) => layer.toSorted());
  const layerOf = new Map(ordered.flatMap((layer, index) => layer.map((id) => [id, index] as const)));
  const place = new Map<string, number>();
  for (const layer of ordered) settle(layer, place);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const rightwards = sweep % 2 === 0;
    const indexes = ordered.keys().toArray();
    for (const index of rightwards ? indexes : indexes.reverse()) {
      const layer = ordered[index] ?? [];
      const wanted = new Map(layer.map((id) => [id, center(id, index, rightwards)]));
      layer.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0) || (a < b ? -1 : 1));
      settle(layer, place);
    }
  }
  return ordered;

  function center(id: string, index: number, rightwards: boolean): number {
    let sum = 0;
    let count = 0;
    for (const other of [...(calls.in.get(id) ?? []), ...(calls.out.get(id) ?? [])]) {
      const layer = layerOf.get(other) ?? index;
      if (rightwards ? layer >= index : layer <= index) continue;
      sum += place.get(other) ?? 0;
      count += 1;
    }
    return count === 0 ? (place.get(id) ?? 0) : sum / count;
  }
}

/** Sets the places of a layer's nodes, from 0 at the top to 1 at the bottom. */
function settle(layer: readonly string[], place: Map<string, number>): void {
  for (const [index, id] of layer.entries()) place.set(id, (index + 0.5) / layer.length);
}
