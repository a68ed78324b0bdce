import type { Metric } from './aggregates.ts';

/** A row of the list: a group heading or a metric. */
export type MetricRow =
  | { readonly kind: 'group'; readonly name: string; readonly count: number }
  | { readonly kind: 'metric'; readonly metric: Metric };

/** Groups the metrics whose name or description contains the search string, by the first component of their name. */
export function groupMetrics(metrics: readonly Metric[], searchText: string): readonly MetricRow[] {
  const words = searchText
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const groups = new Map<string, Metric[]>();
  for (const metric of metrics) {
    const text = `${metric.name} ${metric.description}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) continue;
    const name = /^[^._]+(?=[._])/.exec(metric.name)?.[0] ?? metric.name;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [metric]);
    else group.push(metric);
  }
  return [...groups].flatMap(([name, list]): MetricRow[] => [
    { kind: 'group', name, count: list.length },
    ...list.map((metric) => ({ kind: 'metric' as const, metric })),
  ]);
}
