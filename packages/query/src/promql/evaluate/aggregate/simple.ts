import { TEXTS } from '../../annotations.ts';
import { POINT, SeriesBuilder } from '../series.ts';
import type { GroupFunction } from './group.ts';

/** The aggregations of floats that need one number per step, or three for variances. */
type SimpleOperator = 'count' | 'group' | 'max' | 'min' | 'stddev' | 'stdvar';

/** Creates the function of an aggregation. */
export function simpleAggregate(operator: SimpleOperator): GroupFunction {
  switch (operator) {
    case 'group':
      return counting(() => 1);
    case 'count':
      return counting((count) => count);
    case 'max':
      return extreme(operator, (value, best) => best < value);
    case 'min':
      return extreme(operator, (value, best) => best > value);
    case 'stdvar':
      return variance(operator, (value) => value);
    case 'stddev':
      return variance(operator, Math.sqrt);
  }
}

function counting(f: (count: number) => number): GroupFunction {
  return (context, { series }) => {
    const counts = new Float64Array(context.grid.count);
    for (const { kinds } of series) {
      for (const [step, kind] of kinds.entries()) if (kind !== POINT.none) counts[step] = (counts[step] ?? 0) + 1;
    }
    const builder = new SeriesBuilder(context.grid.count);
    for (const [step, count] of counts.entries()) if (count > 0) builder.set(step, f(count));
    return builder;
  };
}

/** Folds the floats of a group, and notes histograms, which are ignored. */
function folding(operator: SimpleOperator, fold: (step: number, value: number) => void): GroupFunction {
  return (context, { series }, { expr }) => {
    for (const { kinds, values } of series) {
      for (let step = 0; step < kinds.length; step++) {
        if (kinds[step] === POINT.float) fold(step, values[step] ?? 0);
        else if (kinds[step] === POINT.histogram) context.annotations.info(TEXTS.ignoredInAggregation(operator), expr);
      }
    }
    return new SeriesBuilder(0);
  };
}

function extreme(operator: 'max' | 'min', isBetter: (value: number, best: number) => boolean): GroupFunction {
  return (context, group, expr) => {
    const builder = new SeriesBuilder(context.grid.count);
    const { kinds, values } = builder;
    folding(operator, (step, value) => {
      const best = values[step] ?? Number.NaN;
      if (kinds[step] === POINT.none || isBetter(value, best) || Number.isNaN(best)) {
        if (kinds[step] === POINT.none) builder.set(step, value);
        else values[step] = value;
      }
    })(context, group, expr);
    return builder;
  };
}

function variance(operator: 'stddev' | 'stdvar', f: (variance: number) => number): GroupFunction {
  return (context, group, expr) => {
    const { count } = context.grid;
    const [counts, means, squares] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
    folding(operator, (step, value) => {
      const n = (counts[step] ?? 0) + 1;
      const mean = means[step] ?? 0;
      const delta = value - mean;
      counts[step] = n;
      // The first value is the mean, so that infinite values do not become NaN before there is a second one.
      means[step] = n === 1 ? value : mean + delta / n;
      squares[step] =
        n === 1
          ? Number.isFinite(value)
            ? 0
            : Number.NaN
          : (squares[step] ?? 0) + delta * (value - (means[step] ?? 0));
    })(context, group, expr);
    const builder = new SeriesBuilder(count);
    for (const [step, n] of counts.entries()) if (n > 0) builder.set(step, f((squares[step] ?? 0) / n));
    return builder;
  };
}
