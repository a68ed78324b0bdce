import type { PipelineEdge, PipelineGraph, PipelineNode } from '@otelier/query';

/**
 * A box in the drawing: a component, all exporters with the same name across signals, or the join of a pipeline without
 * processors.
 */
export interface DrawnNode {
  readonly id: string;
  readonly kind: PipelineNode['kind'] | 'join';
  readonly title: string;
  readonly summary: string;
  readonly members: readonly PipelineNode[];
  /** The pipelines that the box belongs to, in row order. */
  readonly rows: readonly string[];
}

/** A line in the drawing, which may represent several edges. */
export interface DrawnEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly row: string;
  readonly edges: readonly PipelineEdge[];
}

/** The boxes and lines to draw, without positions. */
export interface DrawnGraph {
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
  /** The pipelines with their signals, in order. */
  readonly rows: readonly { readonly id: string; readonly signal: string }[];
}

/**
 * Converts the graph to boxes and lines. Exporters with the same name share a box across signals. A pipeline without
 * processors gets a join, where the lines from its receivers meet.
 */
export function drawnGraph({ nodes, edges }: PipelineGraph): DrawnGraph {
  const rows = rowsOf(edges);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const bare = new Set(
    rows
      .map((row) => row.id)
      .filter(
        (id) =>
          !edges.some(
            (edge) => edge.pipeline === id && [edge.from, edge.to].some((end) => byId.get(end)?.kind === 'processor'),
          ),
      ),
  );
  const drawn = new Map<
    string,
    { node: Omit<DrawnNode, 'members' | 'rows'>; members: PipelineNode[]; rows: Set<string> }
  >();
  for (const node of nodes) {
    const id = boxOf(node);
    const known = drawn.get(id);
    if (known !== undefined) known.members.push(node);
    else
      drawn.set(id, {
        node: { id, kind: node.kind, title: node.component, summary: node.summary },
        members: [node],
        rows: new Set(),
      });
  }
  for (const id of bare)
    drawn.set(joinOf(id), {
      node: { id: joinOf(id), kind: 'join', title: id, summary: '' },
      members: [],
      rows: new Set(),
    });
  const lines = new Map<string, { line: Omit<DrawnEdge, 'edges'>; edges: PipelineEdge[] }>();
  const add = (from: string, to: string, edge: PipelineEdge): void => {
    const id = `${from} ${to} ${edge.pipeline}`;
    const known = lines.get(id);
    if (known !== undefined) known.edges.push(edge);
    else lines.set(id, { line: { id, from, to, row: edge.pipeline }, edges: [edge] });
    for (const end of [from, to]) drawn.get(end)?.rows.add(edge.pipeline);
  };
  for (const edge of edges) {
    const from = boxOfId(byId, edge.from);
    const to = boxOfId(byId, edge.to);
    if (bare.has(edge.pipeline)) {
      add(from, joinOf(edge.pipeline), edge);
      add(joinOf(edge.pipeline), to, edge);
    } else add(from, to, edge);
  }
  const order = new Map(rows.map((row, index) => [row.id, index]));
  return {
    rows,
    edges: [...lines.values()].map(({ line, edges: list }) => ({ ...line, edges: list })),
    nodes: [...drawn.values()].map(({ node, members, rows: own }) => ({
      ...node,
      members,
      rows: [...own].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0)),
    })),
  };
}

/** Returns the part of a graph that belongs to a pipeline; the whole graph without one. */
export function pipelineOf(graph: PipelineGraph, pipeline: string | undefined): PipelineGraph {
  if (pipeline === undefined) return graph;
  const edges = graph.edges.filter((edge) => edge.pipeline === pipeline);
  const ends = new Set(edges.flatMap(({ from, to }) => [from, to]));
  return { ...graph, edges, nodes: graph.nodes.filter(({ id }) => ends.has(id)) };
}

/** Assigns columns by the longest path from a receiver. All exporters are in the last column. */
export function columnsOf({ nodes, edges }: DrawnGraph): ReadonlyMap<string, number> {
  const columns = new Map(nodes.map((node) => [node.id, 0]));
  // One round per node suffices. The limit also terminates the loop if there is a cycle.
  for (let round = 0, moved = true; moved && round < nodes.length; round += 1) {
    moved = false;
    for (const { from, to } of edges) {
      const min = (columns.get(from) ?? 0) + 1;
      if ((columns.get(to) ?? 0) >= min) continue;
      columns.set(to, min);
      moved = true;
    }
  }
  const last = Math.max(1, ...columns.values());
  for (const node of nodes) if (node.kind === 'exporter') columns.set(node.id, last);
  return columns;
}

function rowsOf(edges: readonly PipelineEdge[]): DrawnGraph['rows'] {
  const rows = new Map(edges.map((edge) => [edge.pipeline, edge.signal]));
  return [...rows].map(([id, signal]) => ({ id, signal }));
}

function boxOf(node: PipelineNode): string {
  return node.kind === 'exporter' ? `exporter:${node.component}` : node.id;
}

function boxOfId(byId: ReadonlyMap<string, PipelineNode>, id: string): string {
  const node = byId.get(id);
  return node === undefined ? id : boxOf(node);
}

function joinOf(row: string): string {
  return `join:${row}`;
}
