import { Labels, METRIC_NAME } from '../labels/labels.ts';
import type { Expr } from '../parse/ast.ts';
import type { Context } from './context.ts';
import { POINT, SeriesBuilder, type StepSeries } from './series.ts';

/** Returns the labels that a selector determines: names with exactly one matcher, for equality. */
export function absentLabels(expr: Expr): Labels {
  if (expr.kind !== 'selector') return Labels.EMPTY;
  const values = new Map<string, string>();
  const seen = new Set<string>();
  for (const { name, operator, value } of expr.matchers) {
    if (name === METRIC_NAME) continue;
    if (operator === '=' && !seen.has(name)) values.set(name, value);
    else values.delete(name);
    if (operator === '=') seen.add(name);
  }
  return Labels.from(values);
}

/** Returns a series of 1 on the steps where none of the given series has a sample. */
export function absentSeries(context: Context, labels: Labels, series: readonly StepSeries[]): readonly StepSeries[] {
  const builder = new SeriesBuilder(context.grid.count);
  for (let step = 0; step < context.grid.count; step++) {
    if (series.every(({ kinds }) => kinds[step] === POINT.none)) builder.set(step, 1);
  }
  return builder.points === 0 ? [] : [builder.build(labels, true)];
}
