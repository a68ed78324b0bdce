import type { PipelineEdge, PipelineNode } from '@otelier/query';
import { longestPaths } from './pipelines.ts';

/** A node with its position in pixels. */
export interface Placed {
  readonly node: PipelineNode;
  readonly x: number;
  readonly y: number;
}

/** The positions of all nodes and the size of the drawing. */
export interface Layout {
  readonly placed: ReadonlyMap<string, Placed>;
  readonly width: number;
  readonly height: number;
}

export const BOX = { width: 200, height: 44 } as const;
const MARGIN = 20;
const GAP = { x: 90, y: 22 } as const;
/** Number of times that each column is sorted by the other one. */
const SWEEPS = 4;

/**
 * Places nodes in columns by their longest path from a receiver, exporters in the last one. Sorts each column by the mean
 * position of its neighbors. The result depends only on the graph and the order of its nodes.
 */
export function layoutGraph(nodes: readonly PipelineNode[], edges: readonly PipelineEdge[]): Layout {
  const levels = longestPaths(edges);
  const last = Math.max(0, ...levels.values());
  const columns: PipelineNode[][] = Array.from({ length: last + 1 }, () => []);
  for (const node of nodes) columns[node.kind === 'exporter' ? last : (levels.get(node.id) ?? 0)]?.push(node);
  for (let sweep = 0; sweep < SWEEPS; sweep++) sortColumns(columns, edges, sweep % 2 === 0);
  const tallest = Math.max(0, ...columns.map((column) => column.length));
  const placed = new Map<string, Placed>();
  for (const [index, column] of columns.entries()) {
    const top = MARGIN + ((tallest - column.length) * (BOX.height + GAP.y)) / 2;
    for (const [row, node] of column.entries()) {
      const x = MARGIN + index * (BOX.width + GAP.x);
      placed.set(node.id, { node, x, y: top + row * (BOX.height + GAP.y) });
    }
  }
  return {
    placed,
    width: 2 * MARGIN + columns.length * (BOX.width + GAP.x) - GAP.x,
    height: 2 * MARGIN + Math.max(1, tallest) * (BOX.height + GAP.y) - GAP.y,
  };
}

function sortColumns(columns: readonly PipelineNode[][], edges: readonly PipelineEdge[], isForward: boolean): void {
  const position = new Map<string, number>();
  for (const column of columns) {
    for (const [index, { id }] of column.entries()) position.set(id, index - (column.length - 1) / 2);
  }
  const neighbors = new Map<string, string[]>();
  for (const { from, to } of edges) {
    const [own, other] = isForward ? [to, from] : [from, to];
    const list = neighbors.get(own);
    if (list === undefined) neighbors.set(own, [other]);
    else list.push(other);
  }
  const meanOf = (id: string): number => {
    const list = neighbors.get(id);
    if (list === undefined) return position.get(id) ?? 0;
    return list.reduce((sum, other) => sum + (position.get(other) ?? 0), 0) / list.length;
  };
  for (const column of isForward ? columns : columns.toReversed()) {
    const means = new Map(column.map(({ id }) => [id, meanOf(id)]));
    column.sort((a, b) => (means.get(a.id) ?? 0) - (means.get(b.id) ?? 0));
    for (const [index, { id }] of column.entries()) position.set(id, index - (column.length - 1) / 2);
  }
}
