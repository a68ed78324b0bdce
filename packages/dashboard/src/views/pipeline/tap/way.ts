import type { PipelineGraph, PipelineNode } from '@otelier/query';
import type { DrawnEdge } from '../drawn-graph.ts';

/** A component on the way of the items of an edge. */
export interface Step {
  readonly node: PipelineNode;
  /** Whether it comes after the edge. */
  readonly isNext: boolean;
}

/** Returns the components before an edge in its pipeline, and those that it leads to. */
export function wayOf({ nodes, edges }: PipelineGraph, line: DrawnEdge): readonly Step[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const inRow = edges.filter(({ pipeline }) => pipeline === line.row);
  const earlier: PipelineNode[] = [];
  const seen = new Set<string>();
  let ends = new Set(line.edges.map(({ from }) => from));
  while (ends.size > 0) {
    for (const id of ends) seen.add(id);
    earlier.unshift(...[...ends].flatMap((id) => byId.get(id) ?? []));
    const current = ends;
    ends = new Set(inRow.filter(({ to, from }) => current.has(to) && !seen.has(from)).map(({ from }) => from));
  }
  const next = [...new Set(line.edges.map(({ to }) => to))].flatMap((id) => byId.get(id) ?? []);
  return [...earlier.map((node) => ({ node, isNext: false })), ...next.map((node) => ({ node, isNext: true }))];
}
