import type { NamedRows } from '../columns/pending/pending-traces.ts';
import type { NearestData } from '../contract.ts';
import type { Cell } from '../parquet/read/cell.ts';
import { MergedRequests } from '../read/summaries/merge-requests.ts';
import type { PackedRequests } from '../read/summaries/protocol.ts';
import { addCounts } from '../scan/collect-values.ts';
import type { NewestTraces } from '../scan/newest.ts';
import type { PendingQuestion, PendingReply, PendingRequests } from './protocol.ts';

/** Combines replies from different rows to one question without rows of traces. */
export function mergeReplies(replies: readonly PendingReply[], { newest }: PendingQuestion): PendingReply {
  const [first] = replies;
  if (replies.length === 1 && first !== undefined) return first;
  return {
    newest: newest && merged(replies, 'newest', (lists) => mergeNewest(lists, newest.limit)),
    requests: merged(replies, 'requests', mergeRequests),
    errors: merged(replies, 'errors', (lists) => lists.flat()),
    severities: merged(replies, 'severities', (lists) => lists.flat()),
    items: merged(replies, 'items', (lists) => lists.flat()),
    newestRows: merged(replies, 'newestRows', (rows) => mergeRows(rows, Number.POSITIVE_INFINITY)),
    values: merged(replies, 'values', addCounts),
    services: merged(replies, 'services', (lists) => lists.flat()),
    nearest: merged(replies, 'nearest', mergeNearest),
    keys: merged(replies, 'keys', mergeCounts),
  };
}

/** Combines a part of all replies; `undefined` if one does not have it. */
function merged<Part extends keyof PendingReply>(
  replies: readonly PendingReply[],
  part: Part,
  merge: (found: readonly NonNullable<PendingReply[Part]>[]) => PendingReply[Part],
): PendingReply[Part] {
  const found = replies.flatMap((reply) => {
    const one = reply[part];
    return one === undefined ? [] : [one as NonNullable<PendingReply[Part]>];
  });
  return found.length < replies.length ? undefined : merge(found);
}

/** Combines the newest traces of different rows, which may have the same traces. */
function mergeNewest(lists: readonly NewestTraces[], limit: number): NewestTraces | undefined {
  const times = new Map<string, bigint>();
  // Traces that are not in a list are not newer than its last one.
  let cut: bigint | undefined;
  for (const { traces, total } of lists) {
    const last = traces.at(-1)?.time;
    if (total > traces.length && last !== undefined && (cut === undefined || last > cut)) cut = last;
    for (const { traceId, time } of traces) {
      const known = times.get(traceId);
      if (known === undefined || time < known) times.set(traceId, time);
    }
  }
  const sorted = [...times].map(([traceId, time]) => ({ traceId, time })).sort((a, b) => (a.time > b.time ? -1 : 1));
  const certain = cut === undefined ? sorted : sorted.filter(({ time }) => time >= cut);
  if (certain.length === 0 && sorted.length > 0) return undefined;
  return { traces: certain.slice(0, limit), total: Math.max(times.size, ...lists.map(({ total }) => total)) };
}

function mergeRequests(parts: readonly PendingRequests[]): PendingRequests {
  const packed = (own: readonly PackedRequests[]): PackedRequests => {
    const all = new MergedRequests();
    for (const one of own) all.addPacked(one);
    return all.pack();
  };
  return { serving: packed(parts.map(({ serving }) => serving)), roots: packed(parts.map(({ roots }) => roots)) };
}

function mergeNearest(parts: readonly NearestData[]): NearestData {
  const first = (times: readonly (bigint | undefined)[], isFirst: (a: bigint, b: bigint) => boolean) =>
    times.reduce((a, b) => (a === undefined || (b !== undefined && isFirst(b, a)) ? b : a), undefined);
  return {
    inRange: parts.some(({ inRange }) => inRange),
    before: first(
      parts.map(({ before }) => before),
      (a, b) => a > b,
    ),
    after: first(
      parts.map(({ after }) => after),
      (a, b) => a < b,
    ),
  };
}

function mergeCounts(parts: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const [key, count] of parts.flatMap((one) => Object.entries(one))) {
    counts.set(key, (counts.get(key) ?? 0) + count);
  }
  return Object.fromEntries(counts);
}

/** Combines rows with different columns; `undefined` if some are missing or there are too many. */
export function mergeRows(parts: readonly (NamedRows | undefined)[], maxRows: number): NamedRows | undefined {
  const found = parts.flatMap((part) => part ?? []);
  const [first, second] = found;
  const rowCount = found.reduce((sum, part) => sum + part.rowCount, 0);
  if (found.length < parts.length || rowCount > maxRows) return undefined;
  if (second === undefined) return first;
  const names = [...new Set(found.flatMap((part) => part.names))];
  const columns = names.map((name) =>
    found.flatMap((part): readonly Cell[] => {
      return part.columns[part.names.indexOf(name)] ?? Array.from({ length: part.rowCount }, () => null);
    }),
  );
  return { names, columns, rowCount };
}
