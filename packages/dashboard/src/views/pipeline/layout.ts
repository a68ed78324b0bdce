import { columnsOf, type DrawnEdge, type DrawnGraph, type DrawnNode } from './drawn-graph.ts';

/** A node with its position in pixels. */
export interface PlacedNode extends DrawnNode {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** An edge with its endpoints in pixels. */
export interface PlacedEdge extends DrawnEdge {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  /** Start of the component's output, if it forks before `x1`. */
  readonly stem: number | undefined;
}

/** The positions of all nodes, edges and forks. */
export interface PipelineLayout {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly rows: readonly { readonly id: string; readonly x: number; readonly y: number }[];
  /** Points at which a batch goes to several branches. */
  readonly forks: readonly { readonly x: number; readonly y: number }[];
  readonly heads: readonly { readonly text: string; readonly x: number }[];
  readonly width: number;
  readonly height: number;
}

const EDGE = 24;
const TOP = 62;
const ROW = 112;
const GAP = 24;
type Sizes = Readonly<Record<DrawnNode['kind'], { readonly width: number; readonly height: number }>>;

const SIZES: Sizes = {
  receiver: { width: 144, height: 48 },
  processor: { width: 140, height: 48 },
  connector: { width: 140, height: 48 },
  join: { width: 0, height: 0 },
  exporter: { width: 168, height: 82 },
};
/** A single pipeline beside something else has less space. */
const SINGLE_TOP = 34;
const SINGLE_SIZES: Sizes = { ...SIZES, exporter: { width: 168, height: 48 } };
/** Space between a processor and the next one: that of a label. */
const BETWEEN = 28;
const NARROWEST = 120;
const MIN_STEP = NARROWEST + BETWEEN;
/** Space before the exporters, where branches part. */
const FAN_OUT = 84;

/** Computes the layout from left to right, with one row per pipeline. It fills `width`, and may be wider. */
export function layoutPipeline(graph: DrawnGraph, width: number, isSingle = false): PipelineLayout {
  const [top, sizes] = isSingle ? [SINGLE_TOP, SINGLE_SIZES] : [TOP, SIZES];
  const columns = columnsOf(graph);
  const last = Math.max(1, ...columns.values());
  const rowY = new Map(graph.rows.map((row, index) => [row.id, top + ROW * index + ROW / 2]));
  const first = EDGE + sizes.receiver.width + 104;
  const right = Math.max(width - EDGE - sizes.exporter.width, first + (last - 1) * MIN_STEP + (last > 1 ? FAN_OUT : 0));
  const step = last > 1 ? (right - FAN_OUT - first) / (last - 1) : 0;
  const middle =
    last > 1 ? Math.min(sizes.processor.width, Math.max(NARROWEST, step - BETWEEN)) : sizes.processor.width;
  const xOf = (node: DrawnNode): number => {
    const column = columns.get(node.id) ?? 0;
    if (node.kind === 'exporter') return right;
    if (node.kind === 'join') return (first + right) / 2;
    return column === 0 ? EDGE : first + (column - 1) * step;
  };
  const centers = new Map(
    graph.nodes.map((node) => [
      node.id,
      mean(
        node.rows.map((row) => rowY.get(row) ?? top),
        top,
      ),
    ]),
  );
  spreadColumns(graph.nodes, columns, centers, { top, sizes });
  const nodes = graph.nodes.map((node): PlacedNode => {
    const { width: wide, height } = sizes[node.kind];
    const isMiddle = node.kind === 'processor' || node.kind === 'connector';
    return {
      ...node,
      x: xOf(node),
      y: (centers.get(node.id) ?? 0) - height / 2,
      width: isMiddle ? middle : wide,
      height,
    };
  });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const { edges, forks } = placeEdges(graph, byId);
  const rows = graph.rows.map(({ id }) => {
    const start = nodes
      .filter(
        (node) => node.rows.length === 1 && node.rows[0] === id && node.kind !== 'receiver' && node.kind !== 'exporter',
      )
      .sort((a, b) => a.x - b.x)[0];
    return {
      id,
      x: start === undefined || start.kind === 'join' ? (start?.x ?? first) - 24 : start.x,
      y: (rowY.get(id) ?? 0) - (start?.kind === 'join' ? 22 : 44),
    };
  });
  return {
    nodes,
    edges,
    forks,
    rows,
    heads: headsOf(nodes, first),
    width: right + sizes.exporter.width + EDGE,
    height: Math.max(top + ROW * graph.rows.length, ...nodes.map((node) => node.y + node.height)) + (isSingle ? 0 : 40),
  };
}

/** Separates the boxes of a column that belong to several rows. */
function spreadColumns(
  nodes: readonly DrawnNode[],
  columns: ReadonlyMap<string, number>,
  centers: Map<string, number>,
  { top, sizes }: { readonly top: number; readonly sizes: Sizes },
): void {
  for (const kind of ['receiver', 'connector', 'exporter'] as const) {
    for (const [, list] of Map.groupBy(
      nodes.filter((node) => node.kind === kind),
      (node) => columns.get(node.id),
    )) {
      const sorted = [...list].sort((a, b) => (centers.get(a.id) ?? 0) - (centers.get(b.id) ?? 0));
      const size = sizes[kind].height + GAP;
      const wanted = sorted.map((node) => centers.get(node.id) ?? 0);
      const placed: number[] = [];
      for (const center of wanted) placed.push(Math.max(center, (placed.at(-1) ?? Number.NEGATIVE_INFINITY) + size));
      // Distributes the shift over all boxes, so that the column remains aligned with its rows.
      const shift = mean(placed.map((center, index) => center - (wanted[index] ?? 0)));
      for (const [index, node] of sorted.entries())
        centers.set(node.id, Math.max(top + sizes[kind].height / 2, (placed[index] ?? 0) - shift));
    }
  }
}

function placeEdges(
  graph: DrawnGraph,
  byId: ReadonlyMap<string, PlacedNode>,
): { edges: PlacedEdge[]; forks: { x: number; y: number }[] } {
  const forks: { x: number; y: number }[] = [];
  const outgoing = Map.groupBy(graph.edges, (edge) => `${edge.from} ${edge.row}`);
  const edges = graph.edges.flatMap((edge): PlacedEdge[] => {
    const from = byId.get(edge.from);
    const to = byId.get(edge.to);
    if (from === undefined || to === undefined) return [];
    const start = {
      x: from.x + from.width,
      y: port(
        from,
        graph.edges.filter((one) => one.from === from.id),
        edge,
      ),
    };
    const end = {
      x: to.x,
      y: port(
        to,
        graph.edges.filter((one) => one.to === to.id),
        edge,
      ),
    };
    const forked = from.kind === 'processor' && (outgoing.get(`${edge.from} ${edge.row}`)?.length ?? 0) > 1;
    if (forked) {
      start.x = Math.max(start.x + 32, end.x - 76);
      start.y = from.y + from.height / 2;
      if (!forks.some((fork) => fork.x === start.x && fork.y === start.y)) forks.push({ ...start });
    }
    return [
      { ...edge, x1: start.x, y1: start.y, x2: end.x, y2: end.y, stem: forked ? from.x + from.width : undefined },
    ];
  });
  return { edges, forks };
}

/** Returns the y position at which an edge meets a box. Edges on the same side are distributed in row order. */
function port(node: PlacedNode, edges: readonly DrawnEdge[], edge: DrawnEdge): number {
  const center = node.y + node.height / 2;
  if (node.kind === 'processor' || node.kind === 'join' || edges.length === 1) {
    return node.kind === 'processor' && edges.length > 1 && edge.to === node.id
      ? center + (edges.indexOf(edge) - (edges.length - 1) / 2) * 10
      : center;
  }
  const sorted = [...edges].sort((a, b) => node.rows.indexOf(a.row) - node.rows.indexOf(b.row));
  const space = node.height - 20;
  return center + (sorted.length > 1 ? (sorted.indexOf(edge) / (sorted.length - 1) - 0.5) * space : 0);
}

function headsOf(nodes: readonly PlacedNode[], first: number): PipelineLayout['heads'] {
  const exporter = nodes.find((node) => node.kind === 'exporter');
  const heads = [
    { text: 'Receivers', x: EDGE, shown: nodes.some((node) => node.kind === 'receiver') },
    { text: 'Processors', x: first, shown: nodes.some((node) => node.kind === 'processor') },
    { text: 'Exporters', x: exporter?.x ?? 0, shown: exporter !== undefined },
  ];
  return heads.filter((head) => head.shown).map(({ text, x }) => ({ text, x }));
}

function mean(values: readonly number[], top = 0): number {
  return values.length === 0 ? top + ROW / 2 : values.reduce((total, value) => total + value, 0) / values.length;
}
