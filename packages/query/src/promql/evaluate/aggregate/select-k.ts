import { TEXTS } from '../../annotations.ts';
import { PromqlExecutionError } from '../../errors.ts';
import { formatG } from '../../format-number.ts';
import { hashRatio } from '../../labels/hash.ts';
import type { AggregateExpr } from '../../parse/ast.ts';
import { only } from '../binary/sets.ts';
import type { Context } from '../context.ts';
import { POINT, SeriesBuilder, type StepSeries, sampleAt } from '../series.ts';
import type { Group } from './group.ts';

/** Evaluates `topk`, `bottomk` or `limitk`: some series of each group, which may change from step to step. */
export function selectK(
  context: Context,
  expr: AggregateExpr,
  operator: 'topk' | 'bottomk' | 'limitk',
  groups: readonly Group[],
  ks: Float64Array,
): readonly StepSeries[] {
  if (ks.every((k) => k < 1)) return [];
  checkNumbers(ks);
  const selected = new Selected(context);
  for (let step = 0; step < context.grid.count; step++) {
    const k = Math.trunc(ks[step] ?? 0);
    if (k < 1) continue;
    for (const { series } of groups) {
      const present = series.filter(({ kinds }) => kinds[step] !== POINT.none);
      for (const one of pick(context, expr, operator, present, step, k)) selected.add(one, step);
    }
  }
  return selected.build();
}

function checkNumbers(ks: Float64Array): void {
  if (ks.some(Number.isNaN)) throw new PromqlExecutionError('Parameter value is NaN');
  const [min, max] = [Math.min(...ks), Math.max(...ks)];
  if (min <= -(2 ** 63)) throw new PromqlExecutionError(`Scalar value ${formatG(min)} underflows int64`);
  if (max >= 2 ** 63) throw new PromqlExecutionError(`Scalar value ${formatG(max)} overflows int64`);
}

function pick(
  context: Context,
  expr: AggregateExpr,
  operator: 'topk' | 'bottomk' | 'limitk',
  present: readonly StepSeries[],
  step: number,
  k: number,
): readonly StepSeries[] {
  if (operator === 'limitk') return present.slice(0, k);
  const floats = present.filter(({ kinds }) => kinds[step] === POINT.float);
  if (floats.length < present.length) context.annotations.info(TEXTS.ignoredInAggregation(operator), expr);
  const direction = operator === 'topk' ? -1 : 1;
  const value = ({ values }: StepSeries): number => values[step] ?? Number.NaN;
  return floats.toSorted((a, b) => compareNumbers(value(a), value(b), direction)).slice(0, k);
}

/** NaN comes last in both directions. */
function compareNumbers(a: number, b: number, direction: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a === b ? 0 : direction * (a < b ? -1 : 1);
}

/** Series of which only some steps were selected, in the order of their first selection. */
class Selected {
  readonly #context: Context;
  readonly #builders = new Map<StepSeries, SeriesBuilder>();

  constructor(context: Context) {
    this.#context = context;
  }

  add(series: StepSeries, step: number): void {
    const builder = this.#builders.get(series) ?? new SeriesBuilder(this.#context.grid.count);
    this.#builders.set(series, builder);
    builder.set(step, sampleAt(series, step));
  }

  build(): StepSeries[] {
    return [...this.#builders].map(([{ labels, dropName }, builder]) => builder.build(labels, dropName));
  }
}

/** Evaluates `limit_ratio`: the series whose hash is below a ratio or, if it is negative, the other ones. */
export function limitRatio(
  context: Context,
  { parameter, expr }: AggregateExpr,
  series: readonly StepSeries[],
  ratios: Float64Array,
): readonly StepSeries[] {
  if (ratios.every((ratio) => ratio === 0)) return [];
  if (ratios.some(Number.isNaN)) throw new PromqlExecutionError('Ratio value is NaN');
  for (const ratio of ratios) {
    if (Math.abs(ratio) <= 1) continue;
    const text = `ratio value should be between -1 and 1, got ${formatG(ratio)}, capping to ${Math.sign(ratio)}`;
    context.annotations.warn(text, parameter ?? expr);
  }
  return series.flatMap((one) => {
    const hash = hashRatio(one.labels);
    return only(one, (step) => {
      const ratio = Math.min(1, Math.max(-1, ratios[step] ?? 0));
      return ratio >= 0 ? hash < ratio : hash >= 1 + ratio;
    });
  });
}
