import type { Expr } from '../parse/ast.ts';
import type { Context, Value } from './context.ts';
import { infoReference } from './info-reference.ts';
import type { StepSeries } from './series.ts';

/** Functions whose result depends on the time of evaluation even if their arguments do not. */
const USE_TIME: ReadonlySet<string> = new Set(
  'days_in_month day_of_month day_of_week day_of_year hour minute month year predict_linear time'.split(' '),
);
const known = new WeakMap<Expr, boolean>();

/** Reports whether an expression has the same value at all times, because its selectors have a fixed time (`@`). */
export function isStepInvariant(expr: Expr): boolean {
  const before = known.get(expr);
  if (before !== undefined) return before;
  const result = compute(expr);
  known.set(expr, result);
  return result;
}

function compute(expr: Expr): boolean {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return true;
    case 'selector':
      return expr.at !== undefined;
    case 'matrix':
      return expr.selector.at !== undefined;
    case 'subquery':
      return expr.at !== undefined;
    case 'paren':
    case 'unary':
    case 'aggregate':
      return isStepInvariant(expr.expr) && (expr.kind !== 'aggregate' || isParameterInvariant(expr.parameter));
    case 'binary':
      return isStepInvariant(expr.left) && isStepInvariant(expr.right);
    case 'call': {
      if (expr.name === 'timestamp') return expr.args[0]?.kind === 'selector' && isStepInvariant(expr.args[0]);
      if (USE_TIME.has(expr.name)) return false;
      const [first] = expr.args;
      if (expr.name === 'info') {
        return first !== undefined && isStepInvariant(first) && infoReference(first).at !== undefined;
      }
      return expr.args.every(isStepInvariant);
    }
  }
}

function isParameterInvariant(parameter: Expr | undefined): boolean {
  return parameter === undefined || isStepInvariant(parameter);
}

/** Returns the value of a single step on every step of a grid. */
export function repeatValue(context: Context, value: Value): Value {
  const { count } = context.grid;
  if (value.kind === 'string') return value;
  if (value.kind === 'scalar') return { kind: 'scalar', values: new Float64Array(count).fill(value.values[0] ?? 0) };
  context.count(value.series.length * count);
  return { kind: 'vector', series: value.series.map((series) => repeatSeries(series, count)) };
}

function repeatSeries({ labels, dropName, kinds, values, histograms }: StepSeries, count: number): StepSeries {
  return {
    labels,
    dropName,
    kinds: new Uint8Array(count).fill(kinds[0] ?? 0),
    values: new Float64Array(count).fill(values[0] ?? 0),
    histograms: histograms === undefined ? undefined : Array.from({ length: count }, () => histograms[0]),
  };
}
