import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOutline, type TraceOutline } from './trace-outline.ts';
import {
  ancestorsOf,
  buildTree,
  indexOf,
  isError,
  ownNanos,
  peerOf,
  rowOf,
  spanAt,
  startNanosOf,
  startOf,
  type TraceTree,
  visibleRows,
} from './trace-tree.ts';

interface Span {
  readonly id: string;
  readonly parent: string | undefined;
  readonly start: number;
  readonly lasts: number;
  readonly peer?: string;
  readonly status?: string;
  readonly marks?: readonly (readonly [number, number])[];
}

const BASE = 1_764_000_000_000_000_000n;
const PER_LINE = 100;

function span(id: string, parent: string | undefined, start: number, lasts: number, more: Partial<Span> = {}): Span {
  return { id, parent, start, lasts, ...more };
}

/** Reads an outline as sent by the server. `seen` receives the partial outlines. */
async function outlineOf(spans: readonly Span[], seen: TraceOutline[] = []): Promise<TraceOutline> {
  const ordered = spans.toSorted((a, b) => a.start - b.start);
  const ends = ordered.map(({ start, lasts }) => start + lasts);
  const lines: object[] = [
    {
      ...{ kind: 'head', startNanos: String(BASE), spanCount: spans.length, errorCount: 0 },
      durationNanos: ends.reduce((max, end) => Math.max(max, end), 0),
    },
    {
      kind: 'operations',
      operations: ordered.map(({ id, peer, status = 'UNSET' }) => ({
        ...{ service: 'shop', name: id, spanKind: 'INTERNAL', statusCode: status, peer },
      })),
    },
  ];
  for (let from = 0; from < ordered.length; from += PER_LINE) {
    const part = ordered.slice(from, from + PER_LINE);
    lines.push({
      kind: 'spans',
      spanIds: part.map(({ id }) => idOf(id)).join(''),
      parentSpanIds: part.map(({ parent }) => (parent === undefined ? '0'.repeat(16) : idOf(parent))).join(''),
      operations: part.map((_, index) => from + index),
      offsets: part.map(({ start }) => start),
      durations: part.map(({ lasts }) => lasts),
      events: part.flatMap(({ marks = [] }, index) => marks.map((mark) => [index, ...mark])),
    });
  }
  async function* texts(): AsyncGenerator<string> {
    yield* lines.map((line) => JSON.stringify(line));
  }
  return readOutline(texts(), (outline) => seen.push(outline));
}

function idOf(name: string): string {
  return Buffer.from(name).toString('hex').padStart(16, 'f').slice(-16);
}

const treeOf = async (spans: readonly Span[]): Promise<TraceTree> => buildTree(await outlineOf(spans));
const names = (tree: TraceTree): string =>
  Array.from({ length: tree.length }, (_, index) => spanAt(tree, index)?.name).join(' ');

test('orders spans after their parents, siblings by start', async () => {
  const tree = await treeOf([
    span('c', 'a', 60, 10),
    span('b1', 'b', 30, 5),
    span('a', undefined, 0, 100),
    span('b', 'a', 20, 30),
  ]);
  assert.equal(names(tree), 'a b b1 c');
  assert.deepEqual([...tree.depths], [0, 1, 2, 1]);
  assert.deepEqual([...tree.ends], [4, 3, 3, 4]);
  assert.deepEqual([...tree.childCounts], [2, 1, 0, 0]);
  assert.deepEqual(
    [0, 1, 2, 3].map((index) => startOf(tree, index)),
    [0, 20, 30, 60],
  );
  assert.equal(tree.durationNanos, 100);
});

test('keeps spans with a missing parent and breaks cycles', async () => {
  const tree = await treeOf([
    span('lost', 'gone', 5, 1),
    span('x', 'y', 1, 1),
    span('y', 'x', 2, 1),
    span('self', 'self', 9, 1),
  ]);
  assert.equal(tree.length, 4);
  assert.equal(names(tree), 'lost self x y');
  assert.deepEqual([...tree.depths], [0, 0, 0, 1]);
});

test('hides the descendants of collapsed spans, including nested ones', async () => {
  const tree = await treeOf([
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

test('computes own time once for children that overlap or outlive their parent', async () => {
  const tree = await treeOf([
    span('a', undefined, 0, 100),
    span('b', 'a', 10, 30),
    span('c', 'a', 20, 30),
    span('d', 'a', 90, 50),
  ]);
  assert.equal(ownNanos(tree, 0), 100 - 40 - 10);
});

test('returns the peer of a call without child spans', async () => {
  const tree = await treeOf([
    span('a', undefined, 0, 9, { peer: 'postgresql' }),
    span('b', undefined, 1, 9, { peer: 'redis' }),
    span('c', 'b', 2, 1),
  ]);
  assert.equal(peerOf(tree, 0), 'postgresql');
  assert.equal(peerOf(tree, 1), undefined);
});

test('returns errors, events, exact starts and spans by id', async () => {
  const tree = await treeOf([
    span('a', undefined, 0, 9),
    span('b', 'a', 3, 1, {
      status: 'ERROR',
      marks: [
        [1, 0],
        [2, 1],
      ],
    }),
  ]);
  assert.deepEqual([isError(tree, 0), isError(tree, 1)], [false, true]);
  assert.deepEqual(spanAt(tree, 1)?.events, [
    { offset: 1, isException: false },
    { offset: 2, isException: true },
  ]);
  assert.equal(startNanosOf(tree, 1), String(BASE + 3n));
  assert.deepEqual([indexOf(tree, idOf('b')), indexOf(tree, idOf('nowhere'))], [1, -1]);
  assert.deepEqual([rowOf([0, 3, 7], 7), rowOf([0, 3, 7], 4), rowOf([], 4)], [2, -1, -1]);
});

test('publishes a trace a few times while it arrives; the last tree has all spans', async () => {
  const spans = Array.from({ length: 10_000 }, (_, index) =>
    span(`s${index}`, index === 0 ? undefined : `s${(index * 7) % index}`, index, 10),
  );
  const seen: TraceOutline[] = [];
  const whole = await outlineOf(spans, seen);
  assert.ok(seen.length > 3 && seen.length < 10, `published ${seen.length} times`);
  assert.ok(seen.every(({ isComplete }) => !isComplete));
  const partial = buildTree(seen[1] as TraceOutline);
  assert.equal(partial.length, seen[1]?.length);
  assert.ok(partial.length < whole.length);
  const tree = buildTree(whole);
  assert.equal(tree.length, spans.length);
  for (let index = 1; index < tree.length; index += 1) {
    const parent = spanAt(tree, tree.parents[index] ?? -1);
    const own = Number(spanAt(tree, index)?.name.slice(1));
    assert.equal(parent?.name, `s${(own * 7) % own}`);
  }
});
