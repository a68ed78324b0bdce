import type { SyntaxNode } from '@lezer/common';
import type { Duration, Expr, MatrixSelector, SubqueryExpr, VectorSelector } from './ast.ts';
import type { Postfix } from './chain.ts';
import type { Conversion } from './conversion.ts';
import { childNamed, childNodes } from './tree.ts';

/** Applies a range, `offset`, `@`, `anchored` or `smoothed` to the expression before it. */
export function applyPostfix(converter: Conversion, expr: Expr, { node }: Postfix): Expr {
  const end = node.to;
  switch (node.name) {
    case 'OffsetExpr':
      return withOffset(converter, expr, converter.duration(childNamed(node, 'OffsetDurationExpr') ?? node), end);
    case 'StepInvariantExpr':
      return withAt(converter, expr, node, end);
    case 'MatrixSelector':
      return matrixOf(converter, expr, node, end);
    case 'SubqueryExpr':
      return subqueryOf(converter, expr, node, end);
    default:
      return extended(converter, expr, node.name === 'AnchoredExpr' ? 'anchored' : 'smoothed');
  }
}

/** Expressions with their own offset and time. */
type Selecting = VectorSelector | MatrixSelector | SubqueryExpr;

const isSelecting = (expr: Expr): expr is Selecting =>
  expr.kind === 'selector' || expr.kind === 'matrix' || expr.kind === 'subquery';

function update<T extends Selecting>(
  expr: T,
  changes: { readonly offset: Duration } | { readonly at: VectorSelector['at'] },
  end: number,
): T {
  if (expr.kind === 'matrix') return { ...expr, selector: { ...expr.selector, ...changes }, end };
  return { ...expr, ...changes, end };
}

function withOffset(converter: Conversion, expr: Expr, offset: Duration, end: number): Expr {
  if (!isSelecting(expr)) {
    throw converter.error(
      expr,
      'offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    );
  }
  const before = expr.kind === 'matrix' ? expr.selector.offset : expr.offset;
  const isZero = before?.kind === 'number' && before.value === 0;
  if (before !== undefined && !isZero) throw converter.error(expr, 'offset may not be set multiple times');
  return update(expr, { offset }, end);
}

function withAt(converter: Conversion, expr: Expr, node: SyntaxNode, end: number): Expr {
  if (!isSelecting(expr)) {
    throw converter.error(
      expr,
      '@ modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    );
  }
  const before = expr.kind === 'matrix' ? expr.selector.at : expr.at;
  if (before !== undefined) throw converter.error(expr, '@ <timestamp> may not be set multiple times');
  const preprocessor = childNamed(node, 'AtModifierPreprocessors');
  if (preprocessor !== undefined) {
    return update(expr, { at: childNamed(preprocessor, 'AtStart') === undefined ? 'end' : 'start' }, end);
  }
  const seconds = converter.number(childNamed(node, 'NumberDurationLiteral') ?? node).value;
  if (!Number.isFinite(seconds) || Math.abs(seconds) >= 2 ** 63) {
    throw converter.error(expr, `timestamp out of bounds for @ modifier: ${formatOutOfBounds(seconds)}`);
  }
  return update(expr, { at: roundAwayFromZero(seconds * 1000) }, end);
}

function formatOutOfBounds(seconds: number): string {
  if (Number.isNaN(seconds)) return 'NaN';
  if (!Number.isFinite(seconds)) return seconds > 0 ? '+Inf' : '-Inf';
  return `${BigInt(Math.trunc(seconds))}.000000`;
}

/** Rounds halves away from zero, as Go does. */
function roundAwayFromZero(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}

function matrixOf(converter: Conversion, expr: Expr, node: SyntaxNode, end: number): MatrixSelector {
  const range = durationsOf(converter, node)[0];
  if (expr.kind !== 'selector' || range === undefined) {
    throw converter.error(expr, 'ranges only allowed for vector selectors');
  }
  if (expr.offset !== undefined) throw converter.error(expr, 'no offset modifiers allowed before range');
  if (expr.at !== undefined) throw converter.error(expr, 'no @ modifiers allowed before range');
  return { kind: 'matrix', selector: expr, range, start: expr.start, end };
}

function subqueryOf(converter: Conversion, expr: Expr, node: SyntaxNode, end: number): SubqueryExpr {
  const [range, step] = durationsOf(converter, node);
  if (range === undefined) throw converter.error(expr, 'missing range in subquery');
  return { kind: 'subquery', expr, range, step, offset: undefined, at: undefined, start: expr.start, end };
}

function durationsOf(converter: Conversion, node: SyntaxNode): Duration[] {
  const nodes = childNodes(node).slice(1);
  return nodes.map((duration) => {
    const converted = converter.duration(duration);
    if (converted.kind === 'number' && !(converted.value > 0)) {
      throw converter.error(converted, 'duration must be greater than 0');
    }
    return converted;
  });
}

function extended(converter: Conversion, expr: Expr, extension: 'anchored' | 'smoothed'): Expr {
  if (!converter.options.extendedRanges) {
    throw converter.error(expr, `${extension} modifier is experimental and not enabled`);
  }
  if (expr.kind === 'subquery') throw converter.error(expr, `${extension} modifier is not supported for subqueries`);
  if (expr.kind !== 'selector' && expr.kind !== 'matrix') {
    throw converter.error(expr, `${extension} modifier not implemented`);
  }
  const selector = expr.kind === 'matrix' ? expr.selector : expr;
  if (selector.extension !== undefined && selector.extension !== extension) {
    throw converter.error(expr, 'anchored and smoothed modifiers cannot be used together');
  }
  if (expr.kind === 'matrix') return { ...expr, selector: { ...selector, extension } };
  return { ...expr, extension };
}
