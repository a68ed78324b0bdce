import type { BinaryExpr, SetOperator } from '../../parse/ast.ts';
import type { Context } from '../context.ts';
import { mergeSameLabels, POINT, SeriesBuilder, type StepSeries, sampleAt } from '../series.ts';
import { groupByMatch, matchedLabels, ONE_TO_ONE } from './signature.ts';

/** Evaluates `and`, `or` or `unless`. */
export function combineSets(
  context: Context,
  { matching = ONE_TO_ONE }: BinaryExpr,
  operator: SetOperator,
  left: readonly StepSeries[],
  right: readonly StepSeries[],
): readonly StepSeries[] {
  const presence = (series: readonly StepSeries[]): ReadonlyMap<string, Uint8Array> =>
    new Map([...groupByMatch(series, matching)].map(([key, group]) => [key, presentOn(context, group)]));
  const nowhere = new Uint8Array(context.grid.count);
  const filter = (
    series: readonly StepSeries[],
    other: ReadonlyMap<string, Uint8Array>,
    wanted: boolean,
  ): StepSeries[] =>
    series.flatMap((one) => {
      const steps = other.get(matchedLabels(one.labels, matching).key) ?? nowhere;
      return only(one, (step) => (steps[step] === 1) === wanted);
    });
  if (operator !== 'or') return filter(left, presence(right), operator === 'and');
  return mergeSameLabels([...left, ...filter(right, presence(left), false)]);
}

function presentOn(context: Context, group: readonly StepSeries[]): Uint8Array {
  const steps = new Uint8Array(context.grid.count);
  for (const { kinds } of group) for (const [step, kind] of kinds.entries()) if (kind !== POINT.none) steps[step] = 1;
  return steps;
}

/** Returns the series with only the samples of some steps, or nothing if none remains. */
export function only(series: StepSeries, keep: (step: number) => boolean): readonly StepSeries[] {
  const builder = new SeriesBuilder(series.kinds.length);
  for (const [step, kind] of series.kinds.entries()) {
    if (kind !== POINT.none && keep(step)) builder.set(step, sampleAt(series, step));
  }
  return builder.points === 0 ? [] : [builder.build(series.labels, series.dropName)];
}
