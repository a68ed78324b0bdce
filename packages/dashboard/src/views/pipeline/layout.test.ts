import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PipelineEdge, PipelineGraph, PipelineNode } from '@otelier/query';
import { columnsOf, drawnGraph } from './drawn-graph.ts';
import { layoutPipeline } from './layout.ts';

const node = (kind: PipelineNode['kind'], id: string, component: string): PipelineNode => ({
  id,
  kind,
  component,
  type: component,
  signal: undefined,
  pipelines: [],
  summary: '',
  queue: undefined,
  problem: undefined,
  dropped: {},
});
const edge = (from: string, to: string, pipeline: string): PipelineEdge => ({
  id: `${from}>${to}@${pipeline}`,
  from,
  to,
  signal: pipeline,
  pipeline,
  items: 0,
  bytes: 0,
  batches: 0,
  refusedItems: 0,
  consumeMicros: 0,
});
const graph = (nodes: readonly PipelineNode[], edges: readonly PipelineEdge[]): PipelineGraph => ({
  atMillis: 0,
  nodes,
  edges,
  admission: { inFlightBytes: 0, limitBytes: 1, refusedRequests: 0 },
  process: { cpuCores: 0, rssBytes: 0, heapBytes: 0, externalBytes: 0, eventLoopDelayP99Millis: 0 },
});

const BARE = graph(
  [
    node('receiver', 'receiver:otlp', 'otlp'),
    node('receiver', 'receiver:generator', 'generator'),
    node('exporter', 'exporter:traces:store', 'store'),
    node('exporter', 'exporter:logs:store', 'store'),
  ],
  [
    edge('receiver:otlp', 'exporter:traces:store', 'traces'),
    edge('receiver:generator', 'exporter:traces:store', 'traces'),
    edge('receiver:otlp', 'exporter:logs:store', 'logs'),
  ],
);

const PROCESSED = graph(
  [
    node('receiver', 'receiver:otlp', 'otlp'),
    node('processor', 'processor:traces/a', 'a'),
    node('processor', 'processor:traces/b', 'b'),
    node('processor', 'processor:logs/a', 'a'),
    node('exporter', 'exporter:traces:store', 'store'),
    node('exporter', 'exporter:traces:up', 'up'),
    node('exporter', 'exporter:logs:store', 'store'),
  ],
  [
    edge('receiver:otlp', 'processor:traces/a', 'traces'),
    edge('processor:traces/a', 'processor:traces/b', 'traces'),
    edge('processor:traces/b', 'exporter:traces:store', 'traces'),
    edge('processor:traces/b', 'exporter:traces:up', 'traces'),
    edge('receiver:otlp', 'processor:logs/a', 'logs'),
    edge('processor:logs/a', 'exporter:logs:store', 'logs'),
  ],
);

test('joins several receivers in the middle of a row without processors', () => {
  const drawn = drawnGraph(BARE);
  assert.deepEqual(drawn.nodes.map((one) => one.id).sort(), [
    'exporter:store',
    'join:logs',
    'join:traces',
    'receiver:generator',
    'receiver:otlp',
  ]);
  assert.equal(drawn.edges.find((line) => line.from === 'join:traces')?.edges.length, 2);
  assert.deepEqual(drawn.nodes.find((one) => one.id === 'exporter:store')?.members.length, 2);
});

test('places every component right of its inputs, and all exporters in the last column', () => {
  const columns = columnsOf(drawnGraph(PROCESSED));
  assert.equal(columns.get('receiver:otlp'), 0);
  assert.equal(columns.get('processor:traces/b'), 2);
  assert.equal(columns.get('processor:logs/a'), 1);
  assert.equal(columns.get('exporter:store'), 3);
  assert.equal(columns.get('exporter:up'), 3);
});

test('terminates for cyclic graphs', () => {
  const circle = graph(
    [node('connector', 'a', 'a'), node('connector', 'b', 'b')],
    [edge('a', 'b', 'x'), edge('b', 'a', 'x')],
  );
  assert.ok(layoutPipeline(drawnGraph(circle), 1000).width > 0);
});

test('boxes of a column do not overlap, and every edge runs from left to right', () => {
  for (const one of [BARE, PROCESSED]) {
    for (const width of [700, 1288, 2000]) {
      const { nodes, edges, height } = layoutPipeline(drawnGraph(one), width);
      const boxes = nodes.filter((box) => box.kind !== 'join');
      for (const a of boxes)
        for (const b of boxes)
          if (a !== b)
            assert.ok(
              a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y,
              `${a.id} and ${b.id} overlap at ${width}`,
            );
      for (const line of edges) assert.ok(line.x2 > line.x1, line.id);
      assert.ok(nodes.every((box) => box.y >= 0 && box.y + box.height <= height));
    }
  }
});

test('marks where a batch goes to several branches', () => {
  assert.equal(layoutPipeline(drawnGraph(PROCESSED), 1288).forks.length, 1);
  assert.equal(layoutPipeline(drawnGraph(BARE), 1288).forks.length, 0);
});
