import type { Span } from '@otelier/query';
import { nanosBetween } from '../../format/time.ts';

/**
 * A trace in display order: every span is followed by its descendants. Stored as columns, so that 100,000 spans use
 * little memory; an index is the position in that order.
 */
export interface TraceTree {
  readonly spans: readonly Span[];
  readonly depths: readonly number[];
  /** Index after the span's last descendant. */
  readonly ends: readonly number[];
  readonly parents: readonly number[];
  readonly childCounts: readonly number[];
  /** Nanoseconds since the start of the trace. */
  readonly starts: readonly number[];
  readonly durationNanos: number;
  readonly startNanos: string;
  readonly indexOf: ReadonlyMap<string, number>;
  readonly errorCount: number;
  readonly services: readonly string[];
}

/** Orders the spans of a trace. Spans with a missing parent become roots; parent cycles are broken. */
export function buildTree(spans: readonly Span[]): TraceTree {
  const base = spans.reduce(
    (min, span) => (BigInt(span.startNanos) < BigInt(min) ? span.startNanos : min),
    spans[0]?.startNanos ?? '0',
  );
  const offsets = spans.map((span) => nanosBetween(base, span.startNanos));
  const children = childrenOf(spans, offsets);
  const order = walk(spans, offsets, children);
  const { rows, depths, parents } = order;
  const ends = endsOf(depths);
  const starts = rows.map((row) => offsets[row] ?? 0);
  const ordered = rows.map((row) => spans[row] as Span);
  return {
    spans: ordered,
    depths,
    ends,
    parents,
    childCounts: rows.map((row) => children.get(row)?.length ?? 0),
    starts,
    durationNanos: starts.reduce((max, start, index) => Math.max(max, start + (ordered[index]?.durationNanos ?? 0)), 1),
    startNanos: base,
    indexOf: new Map(ordered.map((span, index) => [span.spanId, index])),
    errorCount: ordered.reduce((count, span) => count + (isError(span) ? 1 : 0), 0),
    services: [...new Set(ordered.map((span) => span.service))],
  };
}

export function isError(span: Span): boolean {
  return span.statusCode === 'ERROR';
}

/** Returns the indexes of the rows that are visible when the descendants of `folded` are hidden. */
export function visibleRows(tree: TraceTree, folded: ReadonlySet<number>): readonly number[] {
  if (folded.size === 0) return tree.spans.map((_, index) => index);
  const rows: number[] = [];
  for (
    let index = 0;
    index < tree.spans.length;
    index = folded.has(index) ? (tree.ends[index] ?? index + 1) : index + 1
  )
    rows.push(index);
  return rows;
}

/** Returns the ancestors of a span, nearest first. */
export function ancestorsOf(tree: TraceTree, index: number): readonly number[] {
  const above: number[] = [];
  for (let at = tree.parents[index] ?? -1; at >= 0; at = tree.parents[at] ?? -1) above.push(at);
  return above;
}

/** Returns the indexes of the spans that contain a text in their name, service, status message or attributes. */
export function findSpans(tree: TraceTree, text: string): readonly number[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return [];
  return tree.spans.flatMap((span, index) => (mentions(span, wanted) ? [index] : []));
}

/** Returns the time of a span that none of its children covers, in nanoseconds. */
export function ownNanos(tree: TraceTree, index: number): number {
  const start = tree.starts[index] ?? 0;
  const end = start + (tree.spans[index]?.durationNanos ?? 0);
  let covered = 0;
  let until = start;
  // Children are sorted by start, so one pass suffices.
  for (let child = index + 1; child < (tree.ends[index] ?? 0); child = tree.ends[child] ?? child + 1) {
    const from = Math.max(until, tree.starts[child] ?? 0);
    const to = Math.min(end, (tree.starts[child] ?? 0) + (tree.spans[child]?.durationNanos ?? 0));
    if (to > from) {
      covered += to - from;
      until = to;
    }
  }
  return end - start - covered;
}

const PEER_KEYS = ['peer.service', 'db.system.name', 'db.system', 'messaging.system'];

/** Returns the peer that a span calls, if the peer sends no telemetry and the caller names it. */
export function peerOf(tree: TraceTree, index: number): string | undefined {
  const span = tree.spans[index];
  if (span === undefined || (span.kind !== 'CLIENT' && span.kind !== 'PRODUCER') || (tree.childCounts[index] ?? 0) > 0)
    return undefined;
  const key = PEER_KEYS.find((candidate) => typeof span.attributes[candidate] === 'string');
  return key === undefined ? undefined : String(span.attributes[key]);
}

function mentions(span: Span, wanted: string): boolean {
  if (span.name.toLowerCase().includes(wanted) || span.service.toLowerCase().includes(wanted)) return true;
  if (span.spanId === wanted || span.statusMessage?.toLowerCase().includes(wanted) === true) return true;
  return Object.entries(span.attributes).some(
    ([key, value]) => key.toLowerCase().includes(wanted) || String(value).toLowerCase().includes(wanted),
  );
}

function childrenOf(spans: readonly Span[], offsets: readonly number[]): Map<number, number[]> {
  const byId = new Map<string, number>();
  spans.forEach((span, index) => {
    if (!byId.has(span.spanId)) byId.set(span.spanId, index);
  });
  const children = new Map<number, number[]>();
  spans.forEach((span, index) => {
    const parent = span.parentSpanId === undefined ? undefined : byId.get(span.parentSpanId);
    const key = parent === undefined || parent === index ? -1 : parent;
    const list = children.get(key);
    if (list === undefined) children.set(key, [index]);
    else list.push(index);
  });
  for (const list of children.values()) list.sort((a, b) => (offsets[a] ?? 0) - (offsets[b] ?? 0));
  return children;
}

function walk(
  spans: readonly Span[],
  offsets: readonly number[],
  children: ReadonlyMap<number, readonly number[]>,
): { rows: number[]; depths: number[]; parents: number[] } {
  const rows: number[] = [];
  const depths: number[] = [];
  const parents: number[] = [];
  const seen = new Uint8Array(spans.length);
  const from = (root: number): void => {
    const stack: (readonly [number, number, number])[] = [[root, 0, -1]];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const [span, depth, parent] = next;
      if (seen[span] === 1) continue;
      seen[span] = 1;
      const row = rows.push(span) - 1;
      depths.push(depth);
      parents.push(parent);
      const list = children.get(span) ?? [];
      for (let index = list.length - 1; index >= 0; index -= 1) stack.push([list[index] as number, depth + 1, row]);
    }
  };
  for (const root of children.get(-1) ?? []) from(root);
  if (rows.length < spans.length) {
    const rest = spans.map((_, index) => index).sort((a, b) => (offsets[a] ?? 0) - (offsets[b] ?? 0));
    for (const index of rest) if (seen[index] === 0) from(index);
  }
  return { rows, depths, parents };
}

function endsOf(depths: readonly number[]): number[] {
  const ends = new Array<number>(depths.length);
  const open: number[] = [];
  depths.forEach((depth, index) => {
    while (open.length > depth) ends[open.pop() as number] = index;
    open.push(index);
  });
  for (const index of open) ends[index] = depths.length;
  return ends;
}
