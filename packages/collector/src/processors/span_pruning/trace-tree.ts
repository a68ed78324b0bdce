import { SpanNode, type SpanRange } from './span-node.ts';

/** The ID of a span without one, and of the parent of a root. */
const EMPTY_ID = /^\0*$/;

/** Links the spans of a trace to their parents. A span that repeats an ID replaces the earlier one. */
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
