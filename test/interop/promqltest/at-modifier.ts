import type { Expr } from '../../../packages/query/src/promql/parse/ast.ts';
import { printExpr } from '../../../packages/query/src/promql/parse/print.ts';

const USE_TIME =
  /\b(days_in_month|day_of_month|day_of_week|day_of_year|end|hour|minute|month|year|predict_linear|range|start|step|time|timestamp)\(/;

/**
 * Returns the query with every selector fixed to a time (`@`), and other times at which it has the same result. Returns
 * nothing if the query depends on the time of its evaluation.
 */
export function fixedInTime(
  expr: Expr,
  time: number,
): { readonly query: string; readonly times: readonly number[] } | undefined {
  const query = printExpr(fix(expr, time));
  if (USE_TIME.test(query)) return undefined;
  const times = time === 0 ? [-1000, 0, 1000] : [-10 * time, 0, Math.trunc(time / 5), time, 10 * time];
  return { query, times };
}

function fix(expr: Expr, time: number): Expr {
  const inner = (child: Expr): Expr => fix(child, time);
  switch (expr.kind) {
    case 'selector':
      return typeof expr.at === 'number' ? expr : { ...expr, at: time };
    case 'matrix':
      return typeof expr.selector.at === 'number' ? expr : { ...expr, selector: { ...expr.selector, at: time } };
    case 'subquery':
      return { ...expr, at: typeof expr.at === 'number' ? expr.at : time };
    case 'paren':
    case 'unary':
      return { ...expr, expr: inner(expr.expr) };
    case 'binary':
      return { ...expr, left: inner(expr.left), right: inner(expr.right) };
    case 'aggregate':
      return { ...expr, expr: inner(expr.expr), parameter: expr.parameter && inner(expr.parameter) };
    case 'call':
      return { ...expr, args: expr.args.map(inner) };
    default:
      return expr;
  }
}
