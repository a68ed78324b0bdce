import { SpanNode, type SpanRange } from './span-node.ts';

/** Matches a missing ID, as in the parent ID of a root span. */
const EMPTY_ID = /^\0*$/;

/** Links the spans in a trace to their parents. A span with a duplicate ID replaces the earlier one. */
export function buildTree(spans: readonly SpanRange[]): readonly SpanNode[] {
  const byId = new Map<string, SpanNode>();
  for (const range of spans) {
    const node = new SpanNode(range);
    node.duplicate = byId.get(node.id);
    byId.set(node.id, node);
  }
  const nodes = [...byId.values()];
  for (const node of nodes) {
    if (EMPTY_ID.test(node.parentId)) continue;
    const parent = byId.get(node.parentId);
    if (parent === undefined) continue;
    node.parent = parent;
    parent.childCount += 1;
  }
  return nodes;
}
