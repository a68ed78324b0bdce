import type { PipelineEdge, PipelineGraph, PipelineNode } from '@otelier/query';
import type { Rates } from './rates.ts';

/** A pipeline graph, with rates if it is running. */
export interface Drawing {
  readonly graph: PipelineGraph;
  readonly rates: Rates | undefined;
}

/** A pipeline: its nodes in steps, from receivers and connectors to exporters and connectors. */
export interface PipelineSteps {
  readonly id: string;
  readonly signal: string;
  readonly steps: readonly (readonly PipelineNode[])[];
}

/** Returns the name of a component as in the configuration: `processors/batch`. */
export function nameOf({ kind, component }: Pick<PipelineNode, 'kind' | 'component'>): string {
  return `${kind}s/${component}`;
}

/** Returns the pipelines of a graph by ID, with the nodes of each in the order in which batches pass them. */
export function pipelinesOf({ nodes, edges }: PipelineGraph): readonly PipelineSteps[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const byPipeline = Map.groupBy(edges, ({ pipeline }) => pipeline);
  return [...byPipeline]
    .map(([id, list]) => ({ id, signal: list[0]?.signal ?? '', steps: stepsOf(list, byId) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function stepsOf(edges: readonly PipelineEdge[], byId: ReadonlyMap<string, PipelineNode>): PipelineNode[][] {
  const levels = longestPaths(edges);
  const steps: PipelineNode[][] = [];
  for (const [id, level] of levels) {
    const node = byId.get(id);
    if (node === undefined) continue;
    while (steps.length <= level) steps.push([]);
    steps[level]?.push(node);
  }
  for (const step of steps) step.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return steps;
}

/** Returns the length of the longest path to each node. Edges that would close a cycle do not count. */
export function longestPaths(edges: readonly Pick<PipelineEdge, 'from' | 'to'>[]): ReadonlyMap<string, number> {
  const levels = new Map(edges.flatMap(({ from, to }) => [from, to]).map((id) => [id, 0]));
  for (let pass = 0, isChanged = true; isChanged && pass < levels.size; pass++) {
    isChanged = false;
    for (const { from, to } of edges) {
      const level = (levels.get(from) ?? 0) + 1;
      if (level <= (levels.get(to) ?? 0)) continue;
      levels.set(to, level);
      isChanged = true;
    }
  }
  return levels;
}
