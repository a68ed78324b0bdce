import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Span } from '@otelier/query';
import { ancestorsOf, buildTree, findSpans, ownNanos, peerOf, visibleRows } from './trace-tree.ts';

const BASE = 1_764_000_000_000_000_000n;

function span(
  spanId: string,
  parentSpanId: string | undefined,
  start: number,
  durationNanos: number,
  more: Partial<Span> = {},
): Span {
  return {
    spanId,
    parentSpanId,
    traceState: undefined,
    name: spanId,
    kind: 'INTERNAL',
    startNanos: String(BASE + BigInt(start)),
    durationNanos,
    statusCode: 'UNSET',
    statusMessage: undefined,
    service: 'shop',
    scopeName: '',
    attributes: {},
    resourceAttributes: {},
    events: [],
    links: [],
    ...more,
  };
}

const names = (spans: readonly Span[]): string => spans.map((one) => one.spanId).join(' ');

test('orders spans after their parents, siblings by start', () => {
  const tree = buildTree([
    span('c', 'a', 60, 10),
    span('b1', 'b', 30, 5),
    span('a', undefined, 0, 100),
    span('b', 'a', 20, 30),
  ]);
  assert.equal(names(tree.spans), 'a b b1 c');
  assert.deepEqual(tree.depths, [0, 1, 2, 1]);
  assert.deepEqual(tree.ends, [4, 3, 3, 4]);
  assert.deepEqual(tree.childCounts, [2, 1, 0, 0]);
  assert.deepEqual(tree.starts, [0, 20, 30, 60]);
  assert.equal(tree.durationNanos, 100);
});

test('keeps spans with a missing parent and breaks cycles', () => {
  const tree = buildTree([
    span('lost', 'gone', 5, 1),
    span('x', 'y', 1, 1),
    span('y', 'x', 2, 1),
    span('self', 'self', 9, 1),
  ]);
  assert.equal(tree.spans.length, 4);
  assert.equal(names(tree.spans), 'lost self x y');
  assert.deepEqual(tree.depths, [0, 0, 0, 1]);
});

test('hides the descendants of collapsed spans, including nested ones', () => {
  const tree = buildTree([
    span('a', undefined, 0, 9),
    span('b', 'a', 1, 5),
    span('c', 'b', 2, 1),
    span('d', 'a', 7, 1),
  ]);
  assert.deepEqual(visibleRows(tree, new Set()), [0, 1, 2, 3]);
  assert.deepEqual(visibleRows(tree, new Set([1])), [0, 1, 3]);
  assert.deepEqual(visibleRows(tree, new Set([0, 1])), [0]);
  assert.deepEqual(ancestorsOf(tree, 2), [1, 0]);
});

test('computes own time once for children that overlap or outlive their parent', () => {
  const tree = buildTree([
    span('a', undefined, 0, 100),
    span('b', 'a', 10, 30),
    span('c', 'a', 20, 30),
    span('d', 'a', 90, 50),
  ]);
  assert.equal(ownNanos(tree, 0), 100 - 40 - 10);
});

test('finds text in names, services, messages and attributes, ignoring case', () => {
  const tree = buildTree([
    span('a', undefined, 0, 9, { name: 'POST /Charge' }),
    span('b', 'a', 1, 1, { attributes: { 'payment.method': 'CARD' } }),
    span('c', 'a', 2, 1, { statusMessage: 'charge failed' }),
  ]);
  assert.deepEqual(findSpans(tree, 'charge'), [0, 2]);
  assert.deepEqual(findSpans(tree, 'card'), [1]);
  assert.deepEqual(findSpans(tree, '  '), []);
});

test('returns the peer of a call without child spans', () => {
  const tree = buildTree([
    span('a', undefined, 0, 9, { kind: 'CLIENT', attributes: { 'db.system.name': 'postgresql' } }),
    span('b', undefined, 1, 9, { kind: 'CLIENT', attributes: { 'db.system.name': 'redis' } }),
    span('c', 'b', 2, 1),
  ]);
  assert.equal(peerOf(tree, 0), 'postgresql');
  assert.equal(peerOf(tree, 1), undefined);
});

test('orders 100,000 spans in nearly linear time', () => {
  const cpuMicros = (count: number): number => {
    const spans = Array.from({ length: count }, (_, index) =>
      span(`s${index}`, index === 0 ? undefined : `s${(index * 7) % index}`, index, 10),
    );
    const before = process.threadCpuUsage();
    assert.equal(buildTree(spans).spans.length, count);
    const { user, system } = process.threadCpuUsage(before);
    return user + system;
  };
  const small = Math.max(cpuMicros(10_000), cpuMicros(10_000));
  const large = Math.min(cpuMicros(100_000), cpuMicros(100_000), cpuMicros(100_000));
  // Quadratic time would be a hundred times as much.
  assert.ok(large < 40 * small + 100_000, `${small} µs, then ${large} µs`);
});
