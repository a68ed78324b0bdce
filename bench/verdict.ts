import { formatMetric, METRICS, type MetricName, type Metrics, median } from './metrics.ts';
import type { ScenarioResult } from './results.ts';
import type { Goal, Scenario } from './scenario.ts';

/** Median of a figure over the rounds of a contestant; `undefined` where it was not measured. */
export function medianOf(result: ScenarioResult, contestant: string, metric: MetricName): number | undefined {
  const values = valuesOf(result, contestant, metric);
  return values.length === 0 ? undefined : median(values);
}

/** A figure in every round. */
export function valuesOf(result: ScenarioResult, contestant: string, metric: MetricName): readonly number[] {
  const metrics = (result.measurements.get(contestant) ?? []).map((line): Metrics => line.metrics);
  return metrics.map((each) => each[metric]).filter((value) => value !== undefined && value !== null);
}

/** How many times the items of another contestant the first one has for each second of CPU. */
export function ratioTo(scenario: Scenario, result: ScenarioResult, contestant: string): number | undefined {
  const [first] = scenario.contestants;
  const ours = medianOf(result, first.name, 'itemsPerCpuSecond');
  const theirs = medianOf(result, contestant, 'itemsPerCpuSecond');
  return ours === undefined || theirs === undefined ? undefined : ours / theirs;
}

/** A goal and what came out; `met` is `undefined` where it was not measured. */
export interface Verdict {
  readonly text: string;
  readonly met: boolean | undefined;
}

/** Holds a scenario's result against its goals. */
export function check(scenario: Scenario, result: ScenarioResult): readonly Verdict[] {
  return scenario.goals.map((goal) => checkGoal(scenario, result, goal));
}

function checkGoal(scenario: Scenario, result: ScenarioResult, goal: Goal): Verdict {
  if (goal.kind === 'ratio') {
    const ratio = ratioTo(scenario, result, goal.against);
    const wanted = `≥ ${goal.atLeast.toFixed(goal.atLeast % 1 === 0 ? 0 : 2)} × ${goal.against}`;
    if (ratio === undefined) return { text: `${wanted}: not measured`, met: undefined };
    return { text: `${wanted}: ${ratio.toFixed(2)} ×`, met: ratio >= goal.atLeast };
  }
  const { metric: figure, atLeast, atMost } = goal;
  const value = medianOf(result, scenario.contestants[0].name, figure);
  const bounds = [
    ...(atLeast === undefined ? [] : [`≥ ${formatMetric(figure, atLeast)}`]),
    ...(atMost === undefined ? [] : [`≤ ${formatMetric(figure, atMost)}`]),
  ];
  const wanted = `${METRICS[figure].label} ${bounds.join(' and ')}`;
  if (value === undefined) return { text: `${wanted}: not measured`, met: undefined };
  const met = value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY);
  return { text: `${wanted}: ${formatMetric(figure, value)}`, met };
}
