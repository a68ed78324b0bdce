import { childrenOf, type Expr, type SubqueryExpr } from '../parse/ast.ts';
import { typeOf } from '../parse/check.ts';
import { millisOf } from './resolve.ts';

/** The time at which the series are selected that `info` joins. */
export interface InfoReference {
  /** The `@` time, if all selectors have the same one. */
  readonly at: number | undefined;
  readonly offset: number;
}

/** Returns the time and offset that all selectors of an expression share, or the time of evaluation if they differ. */
export function infoReference(expr: Expr): InfoReference {
  const found: InfoReference[] = [];
  const isReferenced = visit(expr, [], found);
  const [first] = found;
  const isUniform = isReferenced && first !== undefined && found.every((other) => isSame(first, other));
  return isUniform ? first : { at: undefined, offset: 0 };
}

/** Collects the references of selectors. Returns whether every vector in the expression comes from a selector. */
function visit(expr: Expr, subqueries: readonly SubqueryExpr[], found: InfoReference[]): boolean {
  const type = typeOf(expr);
  if (type !== 'vector' && type !== 'matrix') return true;
  if (expr.kind === 'selector') {
    let reference: InfoReference = { at: numberOrNone(expr.at), offset: millisOf(expr.offset) };
    for (const outer of subqueries.toReversed()) {
      if (reference.at !== undefined) break;
      reference = { at: numberOrNone(outer.at), offset: reference.offset + millisOf(outer.offset) };
    }
    found.push(reference);
    return true;
  }
  const children = expr.kind === 'call' && expr.name === 'info' ? expr.args.slice(0, 1) : childrenOf(expr);
  const before = found.length;
  const path = expr.kind === 'subquery' ? [...subqueries, expr] : subqueries;
  const areReferenced = children.map((child) => visit(child, path, found)).every(Boolean);
  return areReferenced && found.length > before;
}

function numberOrNone(at: number | 'start' | 'end' | undefined): number | undefined {
  return typeof at === 'number' ? at : undefined;
}

function isSame(a: InfoReference, b: InfoReference): boolean {
  if (a.at === undefined || b.at === undefined) return a.at === b.at && a.offset === b.offset;
  return a.at - a.offset === b.at - b.offset;
}
