import { Labels, METRIC_NAME } from '../../labels/labels.ts';
import type { AggregateExpr } from '../../parse/ast.ts';
import type { Context } from '../context.ts';
import type { SeriesBuilder, StepSeries } from '../series.ts';

/** The series that are aggregated together. */
export interface Group {
  readonly labels: Labels;
  readonly series: readonly StepSeries[];
}

/** Computes the aggregate of a group on every step. */
export type GroupFunction = (context: Context, group: Group, expr: AggregateExpr) => SeriesBuilder;

/** Groups series by the labels of an aggregation. */
export function groupSeries(series: readonly StepSeries[], expr: AggregateExpr): Group[] {
  const groups = new Map<string, { readonly labels: Labels; readonly series: StepSeries[] }>();
  for (const one of series) {
    const labels = groupLabels(one.labels, expr);
    const group = groups.get(labels.key);
    if (group === undefined) groups.set(labels.key, { labels, series: [one] });
    else group.series.push(one);
  }
  return [...groups.values()];
}

/** Returns the labels of the group that a series belongs to. */
export function groupLabels(
  labels: Labels,
  { grouping, without }: Pick<AggregateExpr, 'grouping' | 'without'>,
): Labels {
  if (without) return labels.drop([METRIC_NAME, ...grouping]);
  return grouping.length === 0 ? Labels.EMPTY : labels.keep(grouping);
}
