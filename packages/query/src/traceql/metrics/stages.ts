import type { ComparisonOperator, MathOperator, SecondStage } from '../parse/ast.ts';
import { mergeLabels, type SeriesSet, type TimeSeries } from './series.ts';

/** Applies a step to series. */
export function applyStage(set: SeriesSet, stage: SecondStage): SeriesSet {
  switch (stage.kind) {
    case 'topk':
      return top(set, stage.limit, (a, b) => b - a);
    case 'bottomk':
      return top(set, stage.limit, (a, b) => a - b);
    case 'filter':
      return filter(set, stage.operator, stage.value);
    case 'scalar':
      return scale(set, (value) =>
        stage.scalarOnLeft
          ? calculate(stage.operator, stage.value, value)
          : calculate(stage.operator, value, stage.value),
      );
  }
}

/** Keeps the first values of each interval. Of equal values, those of the first series by their labels are kept. */
function top(set: SeriesSet, limit: number, order: (a: number, b: number) => number): SeriesSet {
  if (set.size <= limit) return set;
  const entries = [...set].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const kept = new Map<string, TimeSeries>();
  const [, first] = entries[0] ?? [];
  for (let interval = 0; interval < (first?.values.length ?? 0); interval++) {
    const present = entries.filter(([, { values }]) => !Number.isNaN(values[interval] ?? Number.NaN));
    const sorted = present.toSorted(([, a], [, b]) => order(a.values[interval] ?? 0, b.values[interval] ?? 0));
    for (const [key, series] of sorted.slice(0, limit)) {
      const result = kept.get(key) ?? { ...series, values: new Float64Array(series.values.length).fill(Number.NaN) };
      kept.set(key, result);
      result.values[interval] = series.values[interval] ?? Number.NaN;
    }
  }
  return kept;
}

const COMPARISONS: Readonly<Record<ComparisonOperator, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
};

function filter(set: SeriesSet, operator: ComparisonOperator, wanted: number): SeriesSet {
  const holds = COMPARISONS[operator];
  const kept = new Map<string, TimeSeries>();
  for (const [key, series] of set) {
    const values = series.values.map((value) => (holds(value, wanted) ? value : Number.NaN));
    if (values.some((value) => !Number.isNaN(value))) kept.set(key, { ...series, values });
  }
  return kept;
}

function scale(set: SeriesSet, apply: (value: number) => number): SeriesSet {
  return new Map(
    [...set].map(([key, series]) => [
      key,
      {
        ...series,
        values: series.values.map(apply),
        exemplars: series.exemplars.map((one) => ({
          ...one,
          value: one.value === undefined ? undefined : apply(one.value),
        })),
      },
    ]),
  );
}

/** Calculates with values. A division by zero has no value. */
function calculate(operator: MathOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0 ? Number.NaN : left / right;
  }
}

/** Combines series with equal labels. A series without labels is combined with each of the other side. */
export function combineSets(operator: MathOperator, left: SeriesSet, right: SeriesSet): SeriesSet {
  const target = right.has('') ? left : right;
  const combined = new Map<string, TimeSeries>();
  for (const key of target.keys()) {
    const [l, r] = [left.get(key) ?? left.get(''), right.get(key) ?? right.get('')];
    if (l === undefined || r === undefined) continue;
    const values = l.values.map((value, interval) => calculate(operator, value, r.values[interval] ?? Number.NaN));
    const labels = mergeLabels(operator, l.labels, r.labels);
    // The exemplars have values of one side.
    const exemplars = [...l.exemplars, ...(l === r ? [] : r.exemplars)].map((one) => ({ ...one, value: undefined }));
    combined.set(key, { labels, values, exemplars });
  }
  return combined;
}
