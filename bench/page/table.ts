import { formatMetric, METRICS, type MetricName } from '../metrics.ts';
import { check, medianOf, ratioTo, valuesOf } from '../verdict.ts';
import { escapeHtml } from './html.ts';
import type { Measured } from './measured.ts';

/** Metrics with their own column. The others follow the scenario name. */
const COLUMNS: readonly MetricName[] = [
  'itemsPerCpuSecond',
  'p50Millis',
  'p99Millis',
  'peakMegabytes',
  'acknowledged',
  'received',
  'refused',
];

/** Renders the table for a group, with one row per contestant. */
export function renderTable(measured: readonly Measured[]): string {
  const columns = COLUMNS.filter((metric) =>
    measured.some(({ scenario, result }) =>
      scenario.contestants.some(({ name }) => medianOf(result, name, metric) !== undefined),
    ),
  );
  const numbers = [...columns.map((metric) => METRICS[metric].label), 'otelier ÷ this'];
  const head = `<th></th><th>program</th>${numbers.map((label) => `<th class="number">${escapeHtml(label)}</th>`).join('')}`;
  const body = measured.map((each) => renderScenario(each, columns)).join('');
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead>${body}</table></div>`;
}

function renderScenario({ scenario, result }: Measured, columns: readonly MetricName[]): string {
  const present = scenario.contestants.filter(({ name }) => result.measurements.has(name));
  const goals = check(scenario, result).map(
    ({ text, met }) => `<li class="${met === undefined ? 'unknown' : met ? 'met' : 'missed'}">${escapeHtml(text)}</li>`,
  );
  const title = `<th scope="rowgroup" rowspan="${present.length}"><b>${escapeHtml(scenario.what)}</b><code>${escapeHtml(scenario.name)}</code>${goals.length === 0 ? '' : `<ul>${goals.join('')}</ul>`}</th>`;
  const rows = present.map(({ name }, index) => {
    const ratio = index === 0 ? undefined : ratioTo(scenario, result, name);
    const cells = columns.map(
      (metric) => `<td class="number">${renderCell(metric, valuesOf(result, name, metric))}</td>`,
    );
    const ratioCell = `<td class="number ratio">${ratio === undefined ? '' : `${ratio.toFixed(1)} ×`}</td>`;
    return `<tr class="${index === 0 ? 'ours' : ''}">${index === 0 ? title : ''}<td>${escapeHtml(name)}</td>${cells.join('')}${ratioCell}</tr>`;
  });
  return `<tbody>${rows.join('')}</tbody>`;
}

/** Formats the median and range across rounds. */
function renderCell(metric: MetricName, values: readonly number[]): string {
  if (values.length === 0) return '';
  const sorted = values.toSorted((a, b) => a - b);
  const middle = escapeHtml(formatMetric(metric, sorted[Math.floor(sorted.length / 2)] ?? 0));
  if (metric !== 'itemsPerCpuSecond' || sorted.length === 1) return middle;
  return `${middle}<small>${escapeHtml(`${formatMetric(metric, sorted[0] ?? 0)} – ${formatMetric(metric, sorted.at(-1) ?? 0)}`)}</small>`;
}
