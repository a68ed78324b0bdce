import type { LayoutEdge, PlacedEdge, PlacedNode } from './placed.ts';

type Layers = readonly (readonly PlacedNode[])[];
type Point = readonly [x: number, y: number];
/** A cubic curve to `end`, with its two control points. */
type Segment = readonly [from: Point, Point, Point, end: Point];

/** Distance of the ends of edges at a node. */
const PORT_STEP = 6;
const SAMPLES = 12;

/** Draws the edges from the right side of a caller to the left side of the called, around the nodes in between. */
export function routeEdges(nodes: readonly PlacedNode[], edges: readonly LayoutEdge[]): readonly PlacedEdge[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const layers: PlacedNode[][] = [];
  for (const node of nodes) {
    layers[node.layer] ??= [];
    layers[node.layer]?.push(node);
  }
  const known = edges.filter(({ from, to }) => byId.has(from) && byId.has(to));
  const leaving = ports(known, byId, 'from', 'to');
  const arriving = ports(known, byId, 'to', 'from');
  return known.flatMap((edge): PlacedEdge[] => {
    const from = byId.get(edge.from);
    const to = byId.get(edge.to);
    if (from === undefined || to === undefined) return [];
    const start: Point = [from.x + from.width, leaving.get(edge) ?? from.y];
    const end: Point = [to.x, arriving.get(edge) ?? to.y];
    const segments =
      to.layer > from.layer
        ? forwards(start, end, layers.slice(from.layer + 1, to.layer))
        : backwards(start, end, { from, to, between: layers.slice(to.layer + 1, from.layer) });
    return [
      {
        id: edge.id,
        from: edge.from,
        to: edge.to,
        path: pathOf(segments),
        points: segments.flatMap(sample),
        isLong: isLong(from.layer, to.layer),
      },
    ];
  });
}

/** Reports whether an edge between two layers stays in its layer, goes back, or passes over two layers or more. */
export function isLong(from: number, to: number): boolean {
  return to <= from || to - from > 2;
}

/** Distributes the ends of edges over the sides of nodes, in the order of their other ends, so that they do not cross. */
function ports(
  edges: readonly LayoutEdge[],
  byId: ReadonlyMap<string, PlacedNode>,
  side: 'from' | 'to',
  other: 'from' | 'to',
): ReadonlyMap<LayoutEdge, number> {
  const groups = Map.groupBy(edges, (edge) => edge[side]);
  const result = new Map<LayoutEdge, number>();
  for (const [id, group] of groups) {
    const node = byId.get(id);
    if (node === undefined) continue;
    const far = (edge: LayoutEdge): number => byId.get(edge[other])?.y ?? 0;
    const step = Math.min(PORT_STEP, (node.height - 8) / group.length);
    const sorted = group.toSorted((a, b) => far(a) - far(b) || (a.id < b.id ? -1 : 1));
    for (const [index, edge] of sorted.entries())
      result.set(edge, node.y + node.height / 2 + (index - (sorted.length - 1) / 2) * step);
  }
  return result;
}

/** Passes each layer in between through the gap nearest to the straight line. */
function forwards(start: Point, end: Point, between: Layers): readonly Segment[] {
  const segments: Segment[] = [];
  let at = start;
  for (const layer of between) {
    const [first] = layer;
    if (first === undefined) continue;
    const share = (first.x - start[0]) / (end[0] - start[0]);
    const passY = nearestGap(layer, start[1] + (end[1] - start[1]) * share);
    const entry: Point = [first.x - 8, passY];
    const exit: Point = [first.x + first.width + 8, passY];
    segments.push(curve(at, entry), curve(entry, exit));
    at = exit;
  }
  segments.push(curve(at, end));
  return segments;
}

function nearestGap(layer: readonly PlacedNode[], y: number): number {
  let best = (layer[0]?.y ?? 0) - 8;
  for (const [index, node] of layer.entries()) {
    const next = layer[index + 1];
    const gap = next === undefined ? node.y + node.height + 8 : (node.y + node.height + next.y) / 2;
    if (Math.abs(gap - y) < Math.abs(best - y)) best = gap;
  }
  return best;
}

/**
 * Goes back to the layer of the caller or to an earlier one: out of the caller at its right, along its edge to the left,
 * between the nodes of the layers in between, and along the called node to its left side.
 */
function backwards(
  start: Point,
  end: Point,
  { from, to, between }: { readonly from: PlacedNode; readonly to: PlacedNode; readonly between: Layers },
): readonly Segment[] {
  const isBelow = to.y > from.y;
  const passY = heightBeside(to, from.layer === to.layer ? !isBelow : start[1] > to.y + to.height / 2);
  const [right, left]: [Point, Point] = [
    [to.x + to.width, passY],
    [to.x, passY],
  ];
  const arrival: readonly Segment[] = [
    [right, right, left, left],
    [left, [left[0] - 18, passY], [end[0] - 18, end[1]], end],
  ];
  if (from.layer === to.layer) return [[start, [start[0] + 48, start[1]], [right[0] + 48, passY], right], ...arrival];
  const exit = heightBeside(from, isBelow);
  const [out, past]: [Point, Point] = [
    [from.x + from.width, exit],
    [from.x, exit],
  ];
  const turn: readonly Segment[] = [
    [start, [start[0] + 18, start[1]], [out[0] + 18, exit], out],
    [out, out, past, past],
  ];
  const way = forwards(right, past, between).toReversed();
  return [...turn, ...way.map(([p, a, b, q]): Segment => [q, b, a, p]), ...arrival];
}

/** Returns a height just below or above a node, where no other node is. */
function heightBeside(node: PlacedNode, isBelow: boolean): number {
  return isBelow ? node.y + node.height + 2 : node.y - 2;
}

function curve(from: Point, to: Point): Segment {
  const bend = (to[0] - from[0]) * 0.5;
  return [from, [from[0] + bend, from[1]], [to[0] - bend, to[1]], to];
}

function pathOf(segments: readonly Segment[]): string {
  const [first] = segments;
  if (first === undefined) return '';
  const text = ([x, y]: Point): string => `${round(x)} ${round(y)}`;
  return `M${text(first[0])}${segments.map(([, a, b, end]) => `C${text(a)} ${text(b)} ${text(end)}`).join('')}`;
}

function sample([p, a, b, q]: Segment): readonly Point[] {
  return Array.from({ length: SAMPLES + 1 }, (_, index): Point => {
    const t = index / SAMPLES;
    const u = 1 - t;
    const mix = (axis: 0 | 1): number =>
      u * u * u * p[axis] + 3 * u * u * t * a[axis] + 3 * u * t * t * b[axis] + t * t * t * q[axis];
    return [mix(0), mix(1)];
  });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Returns the edge whose course passes within some pixels of a point, the nearest one. */
export function edgeAt(edges: readonly PlacedEdge[], x: number, y: number, reach: number): PlacedEdge | undefined {
  let best: PlacedEdge | undefined;
  let nearest = reach;
  for (const edge of edges) {
    for (let index = 1; index < edge.points.length; index += 1) {
      const distance = distanceTo(edge.points[index - 1] ?? [0, 0], edge.points[index] ?? [0, 0], x, y);
      if (distance >= nearest) continue;
      nearest = distance;
      best = edge;
    }
  }
  return best;
}

function distanceTo([x1, y1]: Point, [x2, y2]: Point, x: number, y: number): number {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / length));
  return Math.hypot(x - x1 - share * dx, y - y1 - share * dy);
}
