import { type Assignment, assignInAnyOrder, isInOrder } from './match-children.ts';
import { type ChildShape, formatSpan, formatSpanPattern, type SpanShape, spanMismatch } from './span-pattern.ts';
import type { RecordedSpan } from './telemetry.ts';
import { formatLimits, limitsOf } from './value-pattern.ts';

/** Tells whether a span and those below it have a shape. */
export function hasShape(shape: SpanShape, span: RecordedSpan): boolean {
  if (spanMismatch(shape, span) !== undefined) return false;
  const { assignment, surplus } = childrenOf(shape, span);
  return assignment.isComplete && surplus.every((reason) => reason === undefined) && orderFits(shape, span);
}

/**
 * Returns the differences between a shape and a span as lines, indented as the spans are: `- ` is expected and missing,
 * `+ ` is recorded and not expected, and others are as expected.
 */
export function shapeDifference(shape: SpanShape, span: RecordedSpan, depth = 0): readonly string[] {
  const indent = '  '.repeat(depth);
  const mismatch = spanMismatch(shape, span);
  const own =
    mismatch === undefined
      ? [`  ${indent}${formatSpan(span)}`]
      : [`- ${indent}${formatSpanPattern(shape)}`, `+ ${indent}${formatSpan(span)}  ← ${mismatch}`];
  const { assignment, surplus } = childrenOf(shape, span);
  const pairs = pairForDifference(shape.children ?? [], span.children, assignment);
  const lines = span.children.flatMap((child, i) => {
    const expected = shape.children?.[pairs[i] ?? -1];
    if (expected !== undefined) return shapeDifference(expected, child, depth + 1);
    const reason = surplus[i];
    const text = `${indent}  ${formatSpan(child)}`;
    return [reason === undefined ? `  ${text}` : `+ ${text}  ← ${reason}`];
  });
  const missing = (shape.children ?? []).flatMap((expected, i) => missingLine(expected, i, pairs, indent));
  const isOther = assignment.isComplete && !orderFits(shape, span);
  const order = isOther
    ? [`- ${indent}  in this order: ${(shape.children ?? []).map(formatSpanPattern).join(', ')}`]
    : [];
  return [...own, ...order, ...missing, ...lines];
}

function missingLine(
  expected: ChildShape,
  index: number,
  pairs: readonly (number | undefined)[],
  indent: string,
): readonly string[] {
  const limits = timesOf(expected);
  const count = pairs.filter((pair) => pair === index).length;
  if (count >= limits.min) return [];
  const times = limits.min === 1 ? 'missing' : `expected ${formatLimits(limits)}, got ${count}`;
  return [`- ${indent}  ${formatSpanPattern(expected)}  ← ${times}`];
}

/** The assignment of a span's children, and why some of them are refused. */
function childrenOf(
  { children: shapes = [], otherChildren = 'allowed' }: SpanShape,
  { children }: RecordedSpan,
): { readonly assignment: Assignment; readonly surplus: readonly (string | undefined)[] } {
  const matches = memoized(shapes, children);
  const assignment = assignInAnyOrder(children.length, shapes.map(timesOf), matches);
  const surplus = children.map((_, child) => {
    if (assignment.shapeOf[child] !== undefined) return undefined;
    const limited = shapes.find((shape, i) => shape.times !== undefined && matches(child, i));
    if (limited !== undefined) return `expected ${formatLimits(timesOf(limited))} of ${formatSpanPattern(limited)}`;
    return otherChildren === 'refused' ? 'not expected' : undefined;
  });
  return { assignment, surplus };
}

function orderFits(shape: SpanShape, { children }: RecordedSpan): boolean {
  const { children: shapes = [], order = 'any', otherChildren = 'allowed' } = shape;
  if (order === 'any') return true;
  const mayBeSkipped = () => otherChildren === 'allowed';
  return isInOrder(children.length, shapes.map(timesOf), mayBeSkipped, memoized(shapes, children));
}

function memoized(
  shapes: readonly SpanShape[],
  children: readonly RecordedSpan[],
): (child: number, shape: number) => boolean {
  const known = new Map<number, boolean>();
  return (child, shape) => {
    const key = child * shapes.length + shape;
    let result = known.get(key);
    if (result === undefined) {
      result = hasShape(shapes[shape] as SpanShape, children[child] as RecordedSpan);
      known.set(key, result);
    }
    return result;
  };
}

function timesOf({ times }: ChildShape) {
  return limitsOf(times, { min: 1, max: 1 });
}

/**
 * Adds pairs of a missing child and a child that is closest to it, to show how they differ: first those that differ
 * only below, then those with the same name.
 */
function pairForDifference(
  shapes: readonly ChildShape[],
  children: readonly RecordedSpan[],
  { shapeOf }: Assignment,
): readonly (number | undefined)[] {
  const pairs = [...shapeOf];
  const isSimilar = [
    (shape: SpanShape, child: RecordedSpan) => spanMismatch(shape, child) === undefined,
    (shape: SpanShape, child: RecordedSpan) =>
      shape.name !== undefined && spanMismatch({ name: shape.name }, child) === undefined,
  ];
  for (const similar of isSimilar) {
    for (const [i, shape] of shapes.entries()) {
      if (pairs.filter((pair) => pair === i).length >= timesOf(shape).min) continue;
      const child = children.findIndex((each, c) => pairs[c] === undefined && similar(shape, each));
      if (child >= 0) pairs[child] = i;
    }
  }
  return pairs;
}
