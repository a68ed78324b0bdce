import { FIGURES, type FigureName, type Figures, formatFigure, median } from './figures.ts';
import type { ScenarioResult } from './results.ts';
import type { Goal, Scenario } from './scenario.ts';

/** Median of a figure over the rounds of a contestant; `undefined` where it was not measured. */
export function medianOf(result: ScenarioResult, contestant: string, figure: FigureName): number | undefined {
  const values = valuesOf(result, contestant, figure);
  return values.length === 0 ? undefined : median(values);
}

/** A figure in every round. */
export function valuesOf(result: ScenarioResult, contestant: string, figure: FigureName): readonly number[] {
  const figures = (result.measurements.get(contestant) ?? []).map((line): Figures => line.figures);
  return figures.map((each) => each[figure]).filter((value) => value !== undefined && value !== null);
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
export function judge(scenario: Scenario, result: ScenarioResult): readonly Verdict[] {
  return scenario.goals.map((goal) => judgeGoal(scenario, result, goal));
}

function judgeGoal(scenario: Scenario, result: ScenarioResult, goal: Goal): Verdict {
  if (goal.kind === 'ratio') {
    const ratio = ratioTo(scenario, result, goal.against);
    const wanted = `≥ ${goal.atLeast.toFixed(goal.atLeast % 1 === 0 ? 0 : 2)} × ${goal.against}`;
    if (ratio === undefined) return { text: `${wanted}: not measured`, met: undefined };
    return { text: `${wanted}: ${ratio.toFixed(2)} ×`, met: ratio >= goal.atLeast };
  }
  const { figure, atLeast, atMost } = goal;
  const value = medianOf(result, scenario.contestants[0].name, figure);
  const bounds = [
    ...(atLeast === undefined ? [] : [`≥ ${formatFigure(figure, atLeast)}`]),
    ...(atMost === undefined ? [] : [`≤ ${formatFigure(figure, atMost)}`]),
  ];
  const wanted = `${FIGURES[figure].label} ${bounds.join(' and ')}`;
  if (value === undefined) return { text: `${wanted}: not measured`, met: undefined };
  const met = value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY);
  return { text: `${wanted}: ${formatFigure(figure, value)}`, met };
}
