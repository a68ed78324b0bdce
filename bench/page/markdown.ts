import { formatMetric } from '../metrics.ts';
import type { ScenarioResult } from '../results.ts';
import type { Scenario } from '../scenario.ts';
import { check, medianOf, ratioTo } from '../verdict.ts';

/** Renders the latest results as a table for the guide, with one row per scenario. */
export function renderMarkdown(scenarios: readonly Scenario[], results: ReadonlyMap<string, ScenarioResult>): string {
  const rows = scenarios.flatMap((scenario) => {
    const result = results.get(scenario.name);
    return result === undefined ? [] : [rowOf(scenario, result)];
  });
  return ['| scenario | otelier | compared with | measured |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function rowOf(scenario: Scenario, result: ScenarioResult): string {
  const [ours, ...others] = scenario.contestants;
  const speed = medianOf(result, ours.name, 'itemsPerCpuSecond');
  const ratios = others.flatMap(({ name }) => {
    const ratio = ratioTo(scenario, result, name);
    return ratio === undefined ? [] : [`${ratio.toFixed(1)} × ${name}`];
  });
  const metrics = check(scenario, result)
    .filter((_, index) => scenario.goals[index]?.kind === 'metric')
    .map(({ text }) => text);
  const cells = [
    scenario.what,
    speed === undefined ? '' : `${formatMetric('itemsPerCpuSecond', speed)} items per CPU-second`,
    [...ratios, ...metrics].join('; '),
    result.run.run.slice(0, 10),
  ];
  return `| ${cells.join(' | ')} |`;
}
