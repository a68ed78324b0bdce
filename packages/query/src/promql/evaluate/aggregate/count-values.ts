import { formatDecimal } from '../../format-number.ts';
import { formatHistogram } from '../../histogram/format.ts';
import type { Labels } from '../../labels/labels.ts';
import type { AggregateExpr } from '../../parse/ast.ts';
import type { Context } from '../context.ts';
import { SeriesBuilder, type StepSeries, sampleAt } from '../series.ts';
import { groupLabels } from './group.ts';

/** Evaluates `count_values`: how many series of each group have each value. */
export function countValues(
  context: Context,
  { grouping, without }: AggregateExpr,
  label: string,
  series: readonly StepSeries[],
): readonly StepSeries[] {
  const by = { without, grouping: without ? grouping : [...grouping, label] };
  const counts = new Map<string, { readonly labels: Labels; readonly builder: SeriesBuilder }>();
  for (const one of series) {
    for (let step = 0; step < one.kinds.length; step++) {
      const sample = sampleAt(one, step);
      if (sample === undefined) continue;
      const text = typeof sample === 'number' ? formatDecimal(sample) : formatHistogram(sample);
      const labels = groupLabels(one.labels.with(label, text), by);
      const count = counts.get(labels.key) ?? { labels, builder: new SeriesBuilder(context.grid.count) };
      counts.set(labels.key, count);
      count.builder.set(step, (count.builder.values[step] ?? 0) + 1);
    }
  }
  context.count(counts.size * context.grid.count);
  return [...counts.values()].map(({ labels, builder }) => builder.build(labels, false));
}
