import type { StructuralMode, StructuralRelation } from '../parse/ast.ts';
import type { QuerySpan, SpanPosition } from './span.ts';

/**
 * Applies a structural operator to the spans of both sides. Returns spans of the right side that are related to one of
 * the left side (`''`) or to none (`!`), or the related spans of both sides (`&`).
 */
export function relate(
  relation: StructuralRelation,
  mode: StructuralMode,
  left: readonly QuerySpan[],
  right: readonly QuerySpan[],
): readonly QuerySpan[] {
  if (right.length === 0) return [];
  const isRelated = RELATIONS[relation](left);
  if (mode === '!') return right.filter((span) => !isRelated(span));
  const found = right.filter(isRelated);
  if (mode === '' || found.length === 0) return found;
  const isOpposite = RELATIONS[OPPOSITE[relation]](right);
  return [...new Set([...left.filter(isOpposite), ...found])];
}

const OPPOSITE: Readonly<Record<StructuralRelation, StructuralRelation>> = {
  '>': '<',
  '<': '>',
  '>>': '<<',
  '<<': '>>',
  '~': '~',
};

/** Returns, for the spans of the left side, a test of spans of the right side. */
type Relation = (left: readonly QuerySpan[]) => (right: QuerySpan) => boolean;

const RELATIONS: Readonly<Record<StructuralRelation, Relation>> = {
  '>': (left) => {
    const parents = new Set(left.map((span) => positionOf(span).left));
    return (span) => parents.has(positionOf(span).parent);
  },
  '<': (left) => {
    const parents = new Set(left.map((span) => positionOf(span).parent));
    return (span) => parents.has(positionOf(span).left);
  },
  '>>': (left) => {
    const ancestors = outermost(left.map(positionOf));
    return (span) => {
      const { left: at } = positionOf(span);
      const ancestor = ancestors[lastBefore(ancestors, at)];
      return ancestor !== undefined && at < ancestor.right;
    };
  },
  '<<': (left) => {
    const starts = left.map((span) => positionOf(span).left).toSorted((a, b) => a - b);
    return (span) => {
      const { left: from, right: to } = positionOf(span);
      const next = starts[firstAfter(starts, from)];
      return next !== undefined && next < to;
    };
  },
  '~': (left) => {
    const siblings = Map.groupBy(left, familyOf);
    return (span) => siblings.get(familyOf(span))?.some((other) => other !== span) === true;
  },
};

/** Spans with the same parent, also if it is not in the trace. */
function familyOf({ span }: QuerySpan): string {
  return span.parentSpanId;
}

function positionOf({ position }: QuerySpan): SpanPosition {
  if (position === undefined) throw new Error('expected a whole trace');
  return position;
}

/** Returns the positions that no other contains, in order. */
function outermost(positions: readonly SpanPosition[]): readonly SpanPosition[] {
  const result: SpanPosition[] = [];
  for (const position of positions.toSorted((a, b) => a.left - b.left)) {
    if (position.right > (result.at(-1)?.right ?? 0)) result.push(position);
  }
  return result;
}

/** Returns the index of the last position that starts before a number, or −1. */
function lastBefore(positions: readonly SpanPosition[], at: number): number {
  let [low, high] = [0, positions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((positions[middle]?.left ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Returns the index of the first number after another. */
function firstAfter(sorted: readonly number[], at: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
