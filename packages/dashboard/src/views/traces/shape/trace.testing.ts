import { readOutline, type TraceOutline } from '../trace-outline.ts';
import { buildTree, type TraceTree } from '../trace-tree.ts';

/** A span of a test trace. Times are in nanoseconds since the start of the trace. */
export interface TestSpan {
  readonly id: number;
  readonly parent?: number;
  readonly start: number;
  readonly lasts: number;
  readonly name?: string;
  readonly service?: string;
  readonly peer?: string;
  readonly failed?: boolean;
}

/** Reads a trace as the server would send it. */
export async function treeOf(spans: readonly TestSpan[]): Promise<TraceTree> {
  return buildTree(await outlineOf(spans));
}

/** Returns the index of a test span in its tree. */
export function indexOfSpan(tree: TraceTree, id: number): number {
  return tree.indexes[tree.outline.positions.get(idOf(id)) ?? -1] ?? -1;
}

/** Returns a reproducible random trace. A span starts within its parent, and may outlive it. */
export function randomSpans(random: (below: number) => number, count: number): TestSpan[] {
  const spans: TestSpan[] = [{ id: 0, start: 0, lasts: 1000 }];
  for (let id = 1; id < count; id += 1) {
    const parent = spans[random(spans.length)] ?? { id: 0, start: 0, lasts: 0 };
    spans.push({
      id,
      parent: parent.id,
      start: parent.start + random(Math.max(1, parent.lasts)),
      lasts: random(Math.max(2, parent.lasts)),
      name: `operation ${random(3)}`,
      ...(random(2) === 0 ? { peer: 'postgresql' } : {}),
    });
  }
  return spans;
}

function idOf(id: number): string {
  return (id + 1).toString(16).padStart(16, '0');
}

async function outlineOf(spans: readonly TestSpan[]): Promise<TraceOutline> {
  const ordered = spans.toSorted((a, b) => a.start - b.start || b.lasts - a.lasts);
  const lines: object[] = [
    {
      kind: 'head',
      startNanos: '1764000000000000000',
      spanCount: spans.length,
      errorCount: spans.filter(({ failed }) => failed).length,
      durationNanos: ordered.reduce((end, { start, lasts }) => Math.max(end, start + lasts), 0),
    },
    {
      kind: 'operations',
      operations: ordered.map(({ id, name = `span ${id}`, service = 'shop', peer, failed = false }) => ({
        ...{ service, name, spanKind: 'INTERNAL', statusCode: failed ? 'ERROR' : 'UNSET', peer },
      })),
    },
    {
      kind: 'spans',
      spanIds: ordered.map(({ id }) => idOf(id)).join(''),
      parentSpanIds: ordered.map(({ parent }) => (parent === undefined ? '0'.repeat(16) : idOf(parent))).join(''),
      operations: ordered.map((_, index) => index),
      offsets: ordered.map(({ start }) => start),
      durations: ordered.map(({ lasts }) => lasts),
      events: [],
    },
  ];
  async function* texts(): AsyncGenerator<string> {
    for (const line of lines) yield JSON.stringify(line);
  }
  return readOutline(texts(), () => {});
}
