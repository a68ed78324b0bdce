import type { OutlineSpan } from './outline.ts';

/** A line of a shortened tree of spans. */
export type OutlineRow =
  | { readonly kind: 'span'; readonly depth: number; readonly span: OutlineSpan }
  /** Several siblings without children, of the same operation. */
  | {
      readonly kind: 'repeated';
      readonly depth: number;
      readonly service: string;
      readonly name: string;
      readonly count: number;
      readonly durationNanos: number;
    }
  /** Descendants that are not shown. */
  | { readonly kind: 'rest'; readonly depth: number; readonly count: number };

/** A shortened tree of spans. */
export interface Selection {
  readonly rows: readonly OutlineRow[];
  /** The failed span at the end of the longest chain of failures, the earliest of several. */
  readonly rootCause: OutlineSpan | undefined;
}

/** Siblings of one operation that are shown as one row. */
const MIN_REPEATED = 3;
/** Part of the rows that failed spans may take, so that slow ones are shown, too. */
const FAILED_SHARE = 0.5;

/**
 * Selects about `maxRows` rows of a tree: the roots, failed spans and those with the most own time, all with their
 * ancestors.
 */
export function selectRows(spans: readonly OutlineSpan[], maxRows: number): Selection {
  const parents = new Map<OutlineSpan, OutlineSpan>();
  for (const span of spans) for (const child of span.children) parents.set(child, span);
  const chosen = new Set<OutlineSpan>();
  const choose = (candidates: readonly OutlineSpan[], limit: number): void => {
    for (const span of candidates) {
      const path = newAncestors(span, parents, chosen);
      if (chosen.size + path.length > limit) continue;
      for (const one of path) chosen.add(one);
    }
  };
  const roots = spans.filter((span) => !parents.has(span));
  choose(
    roots.toSorted((a, b) => b.durationNanos - a.durationNanos),
    Math.ceil(maxRows * FAILED_SHARE),
  );
  const failed = spans.filter(({ isFailed }) => isFailed);
  const depths = depthsOf(roots);
  const byDepth = failed.toSorted(
    (a, b) => (depths.get(b) ?? 0) - (depths.get(a) ?? 0) || a.offsetNanos - b.offsetNanos,
  );
  choose(byDepth, Math.ceil(maxRows * FAILED_SHARE));
  choose(
    spans.toSorted((a, b) => b.ownNanos - a.ownNanos),
    maxRows,
  );
  return { rows: rowsOf(roots, chosen), rootCause: rootCauseOf(failed) };
}

function newAncestors(
  span: OutlineSpan,
  parents: ReadonlyMap<OutlineSpan, OutlineSpan>,
  chosen: ReadonlySet<OutlineSpan>,
): OutlineSpan[] {
  const path = new Set<OutlineSpan>();
  for (
    let one: OutlineSpan | undefined = span;
    one !== undefined && !chosen.has(one) && !path.has(one);
    one = parents.get(one)
  )
    path.add(one);
  return [...path];
}

function depthsOf(roots: readonly OutlineSpan[]): Map<OutlineSpan, number> {
  const depths = new Map(roots.map((root) => [root, 0]));
  // Extended while it is read. Spans whose parents form a circle have no root and are left out.
  const waiting = [...roots];
  for (const span of waiting) {
    for (const child of span.children) {
      depths.set(child, (depths.get(span) ?? 0) + 1);
      waiting.push(child);
    }
  }
  return depths;
}

function rowsOf(roots: readonly OutlineSpan[], chosen: ReadonlySet<OutlineSpan>): OutlineRow[] {
  const rows: OutlineRow[] = [];
  const stack: (
    | OutlineRow
    | { readonly kind: 'siblings'; readonly depth: number; readonly spans: readonly OutlineSpan[] }
  )[] = [{ kind: 'siblings', depth: 0, spans: roots }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next.kind !== 'siblings') {
      rows.push(next);
      if (next.kind === 'span') stack.push({ kind: 'siblings', depth: next.depth + 1, spans: next.span.children });
      continue;
    }
    stack.push(...siblingRows(next.spans, next.depth, chosen).toReversed());
  }
  return rows;
}

/** Returns the rows of siblings without their descendants: chosen spans, repeated operations, and a count of the rest. */
function siblingRows(spans: readonly OutlineSpan[], depth: number, chosen: ReadonlySet<OutlineSpan>): OutlineRow[] {
  const repeated = Map.groupBy(
    spans.filter(({ children, isFailed }) => children.length === 0 && !isFailed),
    ({ service, name }) => JSON.stringify([service, name]),
  );
  const grouped = new Set<OutlineSpan>();
  const groups: OutlineRow[] = [];
  for (const group of repeated.values()) {
    const [first] = group;
    if (first === undefined || group.length < MIN_REPEATED) continue;
    for (const span of group) grouped.add(span);
    const durationNanos = group.reduce((sum, one) => sum + one.durationNanos, 0);
    groups.push({
      kind: 'repeated',
      depth,
      service: first.service,
      name: first.name,
      count: group.length,
      durationNanos,
    });
  }
  const shown = spans.filter((span) => chosen.has(span) && !grouped.has(span));
  const hidden = spans.filter((span) => !chosen.has(span) && !grouped.has(span));
  const count = hidden.reduce((sum, span) => sum + sizeOf(span), 0);
  return [
    ...shown.map((span) => ({ kind: 'span', depth, span }) as const),
    ...groups,
    ...(count === 0 ? [] : [{ kind: 'rest', depth, count } as const]),
  ];
}

/** Returns the number of spans below and including one. */
function sizeOf(span: OutlineSpan): number {
  const waiting = [span];
  for (const one of waiting) for (const child of one.children) waiting.push(child);
  return waiting.length;
}

function rootCauseOf(failed: readonly OutlineSpan[]): OutlineSpan | undefined {
  const leaves = failed.filter(({ children }) => !children.some(({ isFailed }) => isFailed));
  return leaves.toSorted((a, b) => a.offsetNanos - b.offsetNanos)[0];
}
