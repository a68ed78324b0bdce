import { type Labels, METRIC_NAME } from '../../labels/labels.ts';
import type { VectorMatching } from '../../parse/ast.ts';
import type { StepSeries } from '../series.ts';

/** Returns the labels by which a series is matched. */
export function matchedLabels(labels: Labels, { on, labels: names }: VectorMatching): Labels {
  return on ? labels.keep(names) : labels.drop([METRIC_NAME, ...names]);
}

/** Groups series by the labels by which they are matched. */
export function groupByMatch(series: readonly StepSeries[], matching: VectorMatching): Map<string, StepSeries[]> {
  const groups = new Map<string, StepSeries[]>();
  for (const one of series) {
    const { key } = matchedLabels(one.labels, matching);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

export const ONE_TO_ONE: VectorMatching = {
  cardinality: 'one-to-one',
  on: false,
  labels: [],
  include: [],
  fillLeft: undefined,
  fillRight: undefined,
};
