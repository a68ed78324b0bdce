import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PipelineEdge, PipelineGraph, PipelineNode } from '@otelier/query';
import { PipelineHistory } from './pipeline-history.ts';
import { droppedByRule, edgeRates, flowStats, receivedTotals, sentRate } from './pipeline-stats.ts';

function graph(atMillis: number, items: number, dropped = 0): PipelineGraph {
  const node = (
    id: string,
    kind: PipelineNode['kind'],
    type: string,
    more: Partial<PipelineNode> = {},
  ): PipelineNode => ({
    id,
    kind,
    component: type,
    type,
    signal: undefined,
    pipelines: [],
    summary: '',
    queue: undefined,
    problem: undefined,
    dropped: {},
    ...more,
  });
  const edge = (from: string, to: string, pipeline: string, count: number): PipelineEdge => ({
    id: `${from}>${to}`,
    from,
    to,
    signal: 'traces',
    pipeline,
    items: count,
    bytes: count * 100,
    batches: count / 10,
    refusedItems: 0,
    consumeMicros: count * 5,
  });
  return {
    atMillis,
    nodes: [
      node('r', 'receiver', 'otlp'),
      node('f', 'processor', 'filter', { dropped: { filtered: dropped } }),
      node('s', 'exporter', 'store', { queue: { sizeBytes: 20, limitBytes: 100, requests: 1 } }),
      node('u', 'exporter', 'otlp_http'),
    ],
    edges: [
      edge('r', 'f', 'traces', items),
      edge('r', 'u', 'traces/raw', items),
      edge('f', 's', 'traces', items - dropped),
    ],
    admission: { inFlightBytes: 0, limitBytes: 1, refusedRequests: 0 },
    process: { cpuCores: 0, rssBytes: 0, heapBytes: 0, externalBytes: 0, eventLoopDelayP99Millis: 0 },
  };
}

test('computes rates from the difference of two snapshots', () => {
  const rate = edgeRates(graph(3000, 300), graph(1000, 100)).get('r>f');
  assert.equal(rate?.itemsPerSecond, 100);
  assert.equal(rate?.bytesPerSecond, 10_000);
  assert.equal(rate?.transferMicros, 50);
  assert.equal(edgeRates(graph(3000, 300), undefined).get('r>f')?.itemsPerSecond, 0);
  assert.equal(
    edgeRates(graph(3000, 10), graph(1000, 100)).get('r>f')?.itemsPerSecond,
    0,
    'counters restart at zero with the gateway',
  );
});

test('counts items once if a receiver feeds several pipelines, and counts stored items', () => {
  const flow = flowStats(graph(2000, 300, 50), graph(1000, 100, 10));
  assert.equal(flow.inPerSecond, 200);
  assert.equal(flow.keptPerSecond, 160);
  assert.deepEqual(flow.dropped, [{ reason: 'filtered', perSecond: 40 }]);
  assert.equal(flow.queueShare, 0.2);
  assert.deepEqual(receivedTotals(graph(0, 7)), { items: { traces: 7 }, bytes: 700 });
});

test('counts drops by rule, and by reason for a component without a ledger', () => {
  const counts = { receivedItems: 0, refusedItems: 0, forwardedItems: 0, deliveredItems: 0, heldItems: 0 };
  const withRules = (base: PipelineGraph, a: number, b: number): PipelineGraph => {
    const dropped = [
      { reason: 'filtered', rule: 'name == "a"', items: a },
      { reason: 'filtered', rule: 'name == "b"', items: b },
    ];
    const ledger = { ...counts, insideItems: 0, differenceItems: 0, created: [], merged: [], dropped };
    return { ...base, nodes: base.nodes.map((node) => (node.id === 'f' ? { ...node, ledger } : node)) };
  };
  const [before, latest] = [withRules(graph(1000, 100, 10), 10, 0), withRules(graph(3000, 300, 50), 30, 20)];
  assert.deepEqual(droppedByRule(latest, before, 'f'), [
    { reason: 'filtered', rule: 'name == "a"', total: 30, perSecond: 10 },
    { reason: 'filtered', rule: 'name == "b"', total: 20, perSecond: 10 },
  ]);
  assert.deepEqual(droppedByRule(graph(3000, 300, 50), graph(1000, 100, 10), 'f'), [
    { reason: 'filtered', rule: undefined, total: 50, perSecond: 20 },
  ]);
  assert.deepEqual(droppedByRule(graph(3000, 300, 50), undefined, 'r'), []);
});

test('counts as sent what the destination accepted, not what entered the queue', () => {
  const withSent = (base: PipelineGraph, sentItems: number): PipelineGraph => ({
    ...base,
    nodes: base.nodes.map((node) => (node.id === 's' ? { ...node, sentItems } : node)),
  });
  const [latest, before] = [withSent(graph(3000, 500), 40), withSent(graph(1000, 100), 20)];
  assert.equal(sentRate(latest, before, ['s']), 10);
  assert.equal(flowStats(latest, before).keptPerSecond, 10);
  assert.equal(sentRate(latest, undefined, ['s']), 0);
  assert.equal(sentRate(withSent(graph(3000, 500), 0), before, ['s']), 0, 'a restarted gateway counts from nothing');
  assert.equal(sentRate(latest, before, ['u']), undefined);
});

test('returns rates for known times and gaps elsewhere', () => {
  const history = new PipelineHistory();
  for (let second = 10; second <= 20; second += 1) history.add(graph(second * 1000, second * 50));
  const { traces = [] } = history.rates(0, 5000, 6);
  assert.deepEqual(traces, [null, null, 50, 50, null, null]);
  const next = new PipelineHistory();
  next.restore(history.downsampled());
  assert.deepEqual(next.rates(10_000, 5000, 2).traces, [50, 50], 'a new visit continues the saved history');
  history.add(graph(60_000, 3000));
  assert.deepEqual(
    history.rates(20_000, 5000, 8).traces,
    Array(8).fill(null),
    'nothing is known between samples far apart',
  );
  history.add(graph(61_000, 3));
  assert.equal(history.firstMillis, 61_000, 'starts over when counters decrease');
});
