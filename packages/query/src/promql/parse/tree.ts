import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** Functions that the grammar knows only in durations. Names of the same length stand for them elsewhere. */
const STAND_INS: Readonly<Record<string, string>> = { max_of: 'scalar', min_of: 'scalar' };

/**
 * Parses a query with the grammar of Prometheus' editor. Errors are nodes of the tree. Positions are those of the query,
 * but the grammar sees texts of the same length that it knows: it lacks numbers such as `2.` and keywords in capitals.
 */
export function parseTree(query: string): Tree {
  let text = query
    .replace(/(?<![\w.])(\d+)\.(?![\w.])/g, '0$1')
    .replace(/\b(step|range|min_of|max_of)(?=\s*\()/gi, (name) => name.toLowerCase());
  // Each pass replaces at least one name, so that the number of passes is bounded by that of the calls.
  for (;;) {
    const tree = parser.parse(text);
    const call = /\b(m(?:ax|in)_of)\s*\(/g;
    const next = text.replace(call, (match, name: string, position: number) =>
      isUnknownCall(tree, position, name) ? match.replace(name, STAND_INS[name] ?? name) : match,
    );
    if (next === text) return tree;
    text = next;
  }
}

function isUnknownCall(tree: Tree, position: number, name: string): boolean {
  const node = tree.resolveInner(position, 1);
  return node.name === 'Identifier' && node.to === position + name.length;
}

/** Returns the direct children of a node, without comments. */
export function childNodes(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'LineComment') found.push(child);
  }
  return found;
}

/** Returns the first direct child with a name. */
export function childNamed(node: SyntaxNode, name: string): SyntaxNode | undefined {
  return node.getChild(name) ?? undefined;
}
