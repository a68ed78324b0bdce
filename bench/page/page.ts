import type { ScenarioResult } from '../results.ts';
import type { Scenario } from '../scenario.ts';
import { renderChart } from './chart.ts';
import { escapeHtml } from './html.ts';
import type { Measured } from './measured.ts';
import { STYLE } from './style.ts';
import { renderTable } from './table.ts';

/** Renders the latest result of every scenario as a self-contained page. */
export function renderPage(scenarios: readonly Scenario[], results: ReadonlyMap<string, ScenarioResult>): string {
  const measured = scenarios.flatMap((scenario): Measured[] => {
    const result = results.get(scenario.name);
    return result === undefined ? [] : [{ scenario, result }];
  });
  const groups = Map.groupBy(measured, ({ scenario }) => scenario.group);
  const sections = [...groups].map(
    ([group, members]) => `<section><h2>${escapeHtml(group)}</h2>${renderTable(members)}</section>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>otelier benchmarks</title><style>${STYLE}</style></head><body><main>
<h1>otelier benchmarks</h1>
<p class="lead">Items per second of CPU time of all threads, compared with other collectors in the same interleaved run. The program under test runs
on one core, load generator and destination on the other. Values are medians over the rounds. Bars show the ratio of otelier to the other program.</p>
${renderChart(measured)}
${sections.join('\n')}
<section><h2>Runs</h2>${renderRuns(measured)}</section>
</main></body></html>
`;
}

function renderRuns(measured: readonly Measured[]): string {
  const runs = Map.groupBy(measured, ({ result }) => result.run.run);
  const rows = [...runs].map(([id, members]) => {
    const run = members[0]?.result.run;
    if (run === undefined) return '';
    const lines = members.flatMap(({ result }) => [...result.measurements.values()].flat());
    const loads = lines.map(({ loadAverage }) => loadAverage);
    const versions = Object.entries(run.versions).map(([name, version]) => `${name} ${version}`);
    const cells = [
      id.slice(0, 16).replace('T', ' '),
      `${run.machine}, ${run.cores} cores`,
      [...versions, `Node ${run.node}`].join(', '),
      `${Math.min(...loads).toFixed(1)}–${Math.max(...loads).toFixed(1)}`,
      `${run.rounds} × ${run.secondsEach} s`,
    ];
    return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
  });
  return `<div class="scroll"><table><thead><tr><th>started (UTC)</th><th>machine</th><th>versions</th><th>load average</th><th>rounds</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}
