import { formatMetric, METRICS, type MetricName, type Metrics, median } from './metrics.ts';
import type { ScenarioResult } from './results.ts';
import type { Goal, Scenario } from './scenario.ts';

/** Returns the median of a metric across a contestant's rounds, or `undefined` if it was not measured. */
export function medianOf(result: ScenarioResult, contestant: string, metric: MetricName): number | undefined {
  const values = valuesOf(result, contestant, metric);
  return values.length === 0 ? undefined : median(values);
}

/** Returns the values of a metric in all rounds. */
export function valuesOf(result: ScenarioResult, contestant: string, metric: MetricName): readonly number[] {
  const metrics = (result.measurements.get(contestant) ?? []).map((line): Metrics => line.metrics);
  return metrics.map((each) => each[metric]).filter((value) => value !== undefined && value !== null);
}

/** Returns the ratio of the first contestant's items per CPU-second to another's. */
export function ratioTo(scenario: Scenario, result: ScenarioResult, contestant: string): number | undefined {
  const [first] = scenario.contestants;
  const ours = medianOf(result, first.name, 'itemsPerCpuSecond');
  const theirs = medianOf(result, contestant, 'itemsPerCpuSecond');
  return ours === undefined || theirs === undefined ? undefined : ours / theirs;
}

/** A goal and its result. `met` is `undefined` if it was not measured. */
export interface Verdict {
  readonly text: string;
  readonly met: boolean | undefined;
}

/** Checks a scenario's result against its goals. */
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
  const { metric, atLeast, atMost } = goal;
  const value = medianOf(result, scenario.contestants[0].name, metric);
  const bounds = [
    ...(atLeast === undefined ? [] : [`≥ ${formatMetric(metric, atLeast)}`]),
    ...(atMost === undefined ? [] : [`≤ ${formatMetric(metric, atMost)}`]),
  ];
  const wanted = `${METRICS[metric].label} ${bounds.join(' and ')}`;
  if (value === undefined) return { text: `${wanted}: not measured`, met: undefined };
  const met = value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY);
  return { text: `${wanted}: ${formatMetric(metric, value)}`, met };
}
