import { findField, forEachPayload, payloadEnd, payloadStart, readKey, SPAN_FIELDS } from '@otelier/otlp';
import { CanonicalKey } from '../../component/state/canonical-key.ts';
import { compileGlob } from '../../ottl/functions/text/glob.ts';
import type { SpanPruningConfig } from './config.ts';
import type { SpanNode, SpanRange } from './span-node.ts';
import { buildTree } from './trace-tree.ts';

/** Minimum number of similar parents to summarize. */
const MIN_PARENTS = 2;

/**
 * Returns a function that finds the groups of spans in a trace to replace with summaries. Groups of parents precede
 * those of their children.
 */
export function createGrouping(
  config: Pick<SpanPruningConfig, 'groupByAttributes' | 'minSpansToAggregate' | 'maxParentDepth'>,
): (spans: readonly SpanRange[]) => readonly (readonly SpanNode[])[] {
  const { minSpansToAggregate, maxParentDepth } = config;
  const leafKey = createLeafKey(config.groupByAttributes);
  const maxDepth = maxParentDepth < 0 ? Number.POSITIVE_INFINITY : maxParentDepth;
  return (spans) => {
    const leaves = buildTree(spans).filter((node) => node.childCount === 0);
    const levels = [groupsOf(leaves, leafKey, minSpansToAggregate)];
    for (let depth = 0; depth < maxDepth; depth++) {
      const groups = groupsOf(eligibleParents(levels[depth] ?? []), parentKey, MIN_PARENTS);
      if (groups.length === 0) break;
      levels.push(groups);
    }
    return levels.reverse().flat();
  };
}

/** Groups nodes by key, and marks those in sufficiently large groups. */
function groupsOf(
  nodes: readonly SpanNode[],
  keyOf: (node: SpanNode) => string,
  minSize: number,
): readonly (readonly SpanNode[])[] {
  const byKey = Map.groupBy(nodes, keyOf);
  const groups = [...byKey.values()].filter((group) => group.length >= minSize);
  for (const node of groups.flat()) {
    node.isPruned = true;
    if (node.parent !== undefined) node.parent.prunedChildCount += 1;
  }
  return groups;
}

/** Returns the parents of groups that are not roots and whose children are all pruned. */
function eligibleParents(groups: readonly (readonly SpanNode[])[]): readonly SpanNode[] {
  const parents = new Set(groups.flat().flatMap(({ parent }) => parent ?? []));
  return [...parents].filter(
    (node) => node.parent !== undefined && !node.isPruned && node.prunedChildCount === node.childCount,
  );
}

const encoder = new TextEncoder();
const key = new CanonicalKey();

function parentKey(node: SpanNode): string {
  return addProperties(node).finish();
}

function addProperties(node: SpanNode): CanonicalKey {
  return key
    .text(encoder.encode(node.name))
    .number(node.kind)
    .number(node.statusCode)
    .text(encoder.encode(node.traceState));
}

function createLeafKey(globs: readonly string[]): (node: SpanNode) => string {
  const patterns = globs.map(compileGlob);
  const known = new Map<string, boolean>();
  /** Reports whether a key matches. Keys repeat, so a limited number of results is cached. */
  const isGrouping = (name: string): boolean => {
    const cached = known.get(name);
    if (cached !== undefined) return cached;
    const matches = patterns.some((pattern) => pattern.test(name));
    if (known.size >= MAX_CACHED) known.clear();
    known.set(name, matches);
    return matches;
  };
  return (node) => {
    key.number(node.parent === undefined ? 0 : 1);
    if (node.parent !== undefined) key.text(encoder.encode(node.parent.name));
    addProperties(node);
    if (patterns.length > 0) addAttributes(node.range, isGrouping);
    return key.finish();
  };
}

const MAX_CACHED = 10_000;

/** Adds a span's attributes with matching keys, sorted by key. The last value of a duplicate key wins. */
function addAttributes({ bytes, start, end }: SpanRange, isGrouping: (name: string) => boolean): void {
  const matching = new Map<string, readonly [start: number, end: number]>();
  forEachPayload(bytes, start, end, SPAN_FIELDS.attributes, (from, to) => {
    const name = readKey(bytes, from, to);
    if (!isGrouping(name)) return;
    const value = findField(bytes, from, to, 2);
    matching.set(name, value < 0 ? [to, to] : [payloadStart(bytes, value), payloadEnd(bytes, value)]);
  });
  for (const [name, [from, to]] of [...matching].sort(([a], [b]) => (a < b ? -1 : 1)))
    key.text(encoder.encode(name)).value(bytes, from, to);
}
