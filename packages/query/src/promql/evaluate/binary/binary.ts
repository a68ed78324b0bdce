import { type BinaryExpr, isComparison, isSetOperator } from '../../parse/ast.ts';
import type { Context, Value } from '../context.ts';
import { mapSamples, mergeSameLabels, POINT, SeriesBuilder, type StepSeries } from '../series.ts';
import { ARITHMETIC, COMPARISON, changesMetric, combineSamples, type ElementOperator } from './element.ts';
import { matchVectors } from './match-vectors.ts';
import { combineSets } from './sets.ts';

/** Evaluates a binary expression of two values. */
export function evaluateBinary(context: Context, expr: BinaryExpr, left: Value, right: Value): Value {
  const { operator } = expr;
  if (left.kind === 'string' || right.kind === 'string') throw new Error('expected numbers, got a string');
  if (isSetOperator(operator)) {
    if (left.kind === 'scalar' || right.kind === 'scalar') throw new Error('expected vectors, got a scalar');
    return { kind: 'vector', series: combineSets(context, expr, operator, left.series, right.series) };
  }
  if (left.kind === 'scalar' && right.kind === 'scalar') {
    const values = left.values.map((value, step) => combineNumbers(operator, value, right.values[step] ?? 0));
    return { kind: 'scalar', values };
  }
  if (left.kind === 'vector' && right.kind === 'vector') {
    return { kind: 'vector', series: matchVectors(context, expr, operator, left.series, right.series) };
  }
  const series = left.kind === 'vector' ? left.series : right.kind === 'vector' ? right.series : [];
  const scalars = left.kind === 'scalar' ? left.values : right.kind === 'scalar' ? right.values : new Float64Array();
  const combined = series.flatMap((one) => withScalar(context, expr, operator, one, scalars, left.kind === 'scalar'));
  return { kind: 'vector', series: mergeSameLabels(combined) };
}

function combineNumbers(operator: ElementOperator, a: number, b: number): number {
  if (isComparison(operator)) return COMPARISON[operator](a, b) ? 1 : 0;
  if (operator === '</' || operator === '>/') throw new Error('expected histograms, got numbers');
  return ARITHMETIC[operator](a, b);
}

function withScalar(
  context: Context,
  expr: BinaryExpr,
  operator: ElementOperator,
  series: StepSeries,
  scalars: Float64Array,
  isScalarLeft: boolean,
): readonly StepSeries[] {
  const drops = changesMetric(operator) || expr.returnBool;
  const builder =
    fastArithmetic(operator, series, scalars, isScalarLeft) ??
    mapSamples(series, (sample, step) => {
      const scalar = scalars[step] ?? Number.NaN;
      const [a, b] = isScalarLeft ? [scalar, sample] : [sample, scalar];
      const result = combineSamples(operator, a, b, { annotations: context.annotations, span: expr });
      if (result === undefined) return undefined;
      if (expr.returnBool) return result.keep ? 1 : 0;
      if (!result.keep) return undefined;
      // A comparison keeps the sample of the vector, on whichever side it is.
      return isComparison(operator) ? sample : result.sample;
    });
  if (builder.points === 0) return [];
  const { labels, dropName } = drops ? context.dropName(series) : series;
  return [builder.build(labels, dropName)];
}

/** Combines a series of floats with numbers without a check of each sample's type. */
function fastArithmetic(
  operator: ElementOperator,
  series: StepSeries,
  scalars: Float64Array,
  isScalarLeft: boolean,
): SeriesBuilder | undefined {
  if (series.histograms !== undefined || !changesMetric(operator)) return undefined;
  const combine = ARITHMETIC[operator as keyof typeof ARITHMETIC];
  const builder = new SeriesBuilder(series.kinds.length);
  for (let step = 0; step < series.kinds.length; step++) {
    if (series.kinds[step] === POINT.none) continue;
    const [value, scalar] = [series.values[step] ?? 0, scalars[step] ?? 0];
    builder.set(step, isScalarLeft ? combine(scalar, value) : combine(value, scalar));
  }
  return builder;
}
