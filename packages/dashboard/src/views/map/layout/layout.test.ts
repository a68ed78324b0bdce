import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '@otelier/testkit/otlp/random';
import { labelsOf } from './labels.ts';
import { MAX_LAYERS } from './layers.ts';
import { layoutMap, longEdges } from './layout.ts';
import type { Box, LayoutEdge, LayoutNode, MapLayout } from './placed.ts';
import { edgeAt } from './routes.ts';

interface TestGraph {
  readonly nodes: readonly LayoutNode[];
  readonly edges: readonly LayoutEdge[];
}

/** A graph with calls in all directions: mostly to later services, sometimes back, and to peers. */
function randomGraph(seed: number, services: number, calls: number, peers: number): TestGraph {
  const random = createRandom(seed);
  const nodes = Array.from({ length: services + peers }, (_, n) => ({ id: `${n}`, isPeer: n >= services }));
  const edges = new Map<string, LayoutEdge>();
  while (edges.size < calls) {
    const [a, b] = [random(services), random(services + peers)];
    const [from, to] = b < services && b < a && random(20) > 0 ? [b, a] : [a, b];
    edges.set(`${from}>${to}`, { id: `${from}>${to}`, from: `${from}`, to: `${to}` });
  }
  return { nodes, edges: [...edges.values()] };
}

const layoutOf = ({ nodes, edges }: TestGraph, minHeight = 0): MapLayout => layoutMap(nodes, edges, minHeight);

function overlaps(boxes: readonly Box[]): number {
  const inOrder = boxes.toSorted((a, b) => a.x - b.x);
  let count = 0;
  for (const [index, a] of inOrder.entries())
    for (let next = index + 1; next < inOrder.length; next += 1) {
      const b = inOrder[next];
      if (b === undefined || b.x >= a.x + a.width) break;
      if (b.y < a.y + a.height && a.y < b.y + b.height) count += 1;
    }
  return count;
}

for (const [services, calls, peers] of [
  [200, 2000, 30],
  [25, 46, 8],
  [200, 300, 0],
  [12, 100, 3],
] as const) {
  test(`no names, numbers or heads overlap with ${services} services and ${calls} calls`, () => {
    for (let seed = 0; seed < 4; seed += 1) {
      const layout = layoutOf(randomGraph(seed, services, calls, peers), (seed % 2) * 784);
      assert.equal(layout.nodes.length, services + peers);
      assert.equal(overlaps(layout.nodes), 0);
      assert.equal(new Set(layout.heads.map(({ x }) => x)).size, layout.heads.length);
      for (const box of layout.nodes) {
        assert.ok(box.y >= 30 && box.x >= 0, 'below the heads');
        assert.ok(box.x + box.width <= layout.width && box.y + box.height <= layout.height);
      }
      for (const { id } of layout.nodes) assert.equal(overlaps([...layout.nodes, ...labelsOf(layout, id)]), 0, id);
    }
  });
}

test('nodes keep their places, whatever the order in which they are received', () => {
  for (let seed = 0; seed < 10; seed += 1) {
    const graph = randomGraph(seed, 60, 200, 10);
    const random = createRandom(seed + 100);
    const shuffled = <T>(items: readonly T[]): readonly T[] =>
      items
        .map((item) => ({ item, at: random(1e6) }))
        .sort((a, b) => a.at - b.at)
        .map(({ item }) => item);
    const other = layoutOf({ nodes: shuffled(graph.nodes), edges: shuffled(graph.edges) });
    const layout = layoutOf(graph);
    assert.deepEqual(other.nodes, layout.nodes);
    const paths = (one: MapLayout) => new Map(one.edges.map(({ id, path }) => [id, path]));
    assert.deepEqual(new Map([...paths(other)].sort()), new Map([...paths(layout)].sort()));
  }
});

test('calls lead to the right, and peers are last', () => {
  const chain = ['web', 'api', 'cart', 'stock'];
  const edges = chain.slice(1).map((to, index) => ({ id: to, from: chain[index] ?? '', to }));
  const nodes = [...chain.map((id) => ({ id, isPeer: false })), { id: 'redis', isPeer: true }];
  const layout = layoutMap(nodes, [...edges, { id: 'r', from: 'web', to: 'redis' }]);
  assert.deepEqual(
    layout.nodes.map(({ id, layer }) => [id, layer]),
    [...chain, 'redis'].map((id, index) => [id, index]),
  );
  assert.deepEqual(
    layout.edges.filter(({ isLong }) => isLong).map(({ id }) => id),
    ['r'],
  );
  assert.deepEqual(
    longEdges(nodes, [...edges, { id: 'r', from: 'web', to: 'redis' }]).map(({ id }) => id),
    ['r'],
  );
  assert.deepEqual(
    layout.heads.map(({ text }) => text),
    ['Entry', 'Depth 2', 'Depth 3', 'Depth 4', 'Databases, queues, external'],
  );
});

test('a graph deeper than the window has a limited number of layers, still in the direction of calls', () => {
  const nodes = Array.from({ length: 100 }, (_, n) => ({ id: `${n}`.padStart(3, '0'), isPeer: false }));
  const edges = nodes.slice(1).map(({ id }, index) => ({ id, from: nodes[index]?.id ?? '', to: id }));
  const layout = layoutMap(nodes, edges);
  const layerOf = new Map(layout.nodes.map(({ id, layer }) => [id, layer]));
  assert.equal(new Set(layerOf.values()).size, MAX_LAYERS);
  for (const { from, to } of edges) assert.ok((layerOf.get(from) ?? 0) <= (layerOf.get(to) ?? 0));
});

test('cycles, calls to itself, unknown ends and an empty graph have a layout', () => {
  const nodes = ['a', 'b'].map((id) => ({ id, isPeer: false }));
  const edge = (from: string, to: string) => ({ id: from + to, from, to });
  const { edges } = layoutMap(nodes, [edge('a', 'b'), edge('b', 'a'), edge('a', 'a'), edge('a', 'nothing')]);
  assert.deepEqual(
    edges.map(({ id }) => id),
    ['ab', 'ba', 'aa'],
  );
  for (const { path } of edges) assert.doesNotMatch(path, /NaN|undefined/);
  assert.deepEqual(layoutMap([], []).nodes, []);
});

test('edges in all directions pass beside the nodes in between', () => {
  for (let seed = 0; seed < 5; seed += 1) {
    const layout = layoutOf(randomGraph(seed, 60, 200, 10));
    for (const edge of layout.edges) {
      for (const node of layout.nodes) {
        if (edge.from === edge.to && node.id === edge.from) continue;
        const inside = edge.points.some(
          ([x, y]) => x > node.x + 0.1 && x < node.x + node.width - 0.1 && y > node.y && y < node.y + node.height,
        );
        assert.ok(!inside, `${edge.id} crosses ${node.id}, seed ${seed}`);
      }
    }
  }
});

test('finds the edge at a point', () => {
  const layout = layoutOf(randomGraph(1, 25, 46, 8));
  const [edge] = layout.edges;
  const [x, y] = edge?.points[6] ?? [0, 0];
  assert.equal(edgeAt(layout.edges, x, y, 6)?.id, edge?.id);
  assert.equal(edgeAt(layout.edges, -100, -100, 6), undefined);
});
