import type { Contestant } from '../scenario.ts';
import { ratioTo } from '../verdict.ts';
import { escapeHtml } from './html.ts';
import type { Measured } from './measured.ts';

const WIDTH = 960;
const LABEL_WIDTH = 420;
const VALUE_WIDTH = 64;
const BAR_HEIGHT = 12;
const BAR_GAP = 3;
const ROW_GAP = 12;
const HEAD_HEIGHT = 46;

interface Bar {
  readonly rival: string;
  readonly ratio: number;
  readonly goal: number | undefined;
}

interface Row {
  readonly label: string;
  readonly bars: readonly Bar[];
}

/** Renders bars for the ratio to each rival, by scenario, with a tick at the goal. Each rival has its own color. */
export function renderChart(measured: readonly Measured[]): string {
  const rows = measured.map(rowOf).filter(({ bars }) => bars.length > 0);
  if (rows.length === 0) return '';
  const rivals = [...new Set(rows.flatMap(({ bars }) => bars.map(({ rival }) => rival)))];
  const max = Math.max(2, ...rows.flatMap(({ bars }) => bars.flatMap(({ ratio, goal = 0 }) => [ratio, goal])));
  const toX = (ratio: number) => LABEL_WIDTH + (ratio / max) * (WIDTH - LABEL_WIDTH - VALUE_WIDTH);
  let y = HEAD_HEIGHT;
  const parts = rows.map((row) => {
    const top = y;
    const height = row.bars.length * (BAR_HEIGHT + BAR_GAP);
    y += height + ROW_GAP;
    const label = `<text class="label" x="${LABEL_WIDTH - 12}" y="${top + height / 2}" text-anchor="end">${escapeHtml(row.label)}</text>`;
    const bars = row.bars.map((bar, index) =>
      renderBar(bar, rivals.indexOf(bar.rival), top + index * (BAR_HEIGHT + BAR_GAP), toX),
    );
    return label + bars.join('');
  });
  const bottom = y - ROW_GAP + 4;
  const grid = gridOf(max).map(
    (ratio) =>
      `<line class="${ratio === 1 ? 'one' : 'grid'}" x1="${toX(ratio)}" x2="${toX(ratio)}" y1="${HEAD_HEIGHT - 8}" y2="${bottom}"/><text class="axis" x="${toX(ratio)}" y="${HEAD_HEIGHT - 14}" text-anchor="middle">${ratio} ×</text>`,
  );
  return `<figure><svg viewBox="0 0 ${WIDTH} ${bottom}" role="img" aria-label="Items per CPU-second as a multiple of each rival's">${renderLegend(rivals)}${grid.join('')}${parts.join('')}</svg></figure>`;
}

function rowOf({ scenario, result }: Measured): Row {
  const rivals = scenario.contestants.filter((contestant) => isRival(contestant));
  const bars = rivals.flatMap(({ name }): Bar[] => {
    const ratio = ratioTo(scenario, result, name);
    const goal = scenario.goals.find((each) => each.kind === 'ratio' && each.against === name);
    const atLeast = goal?.kind === 'ratio' ? goal.atLeast : undefined;
    return ratio === undefined ? [] : [{ rival: name, ratio, goal: atLeast }];
  });
  return { label: scenario.what, bars };
}

function isRival({ program }: Contestant): boolean {
  return program !== 'otelier';
}

function renderBar({ rival, ratio, goal }: Bar, color: number, y: number, toX: (ratio: number) => number): string {
  const end = toX(ratio);
  const title = `${ratio.toFixed(1)} × ${rival}${goal === undefined ? '' : `, goal ${goal} ×`}`;
  const tick =
    goal === undefined
      ? ''
      : `<line class="goal" x1="${toX(goal)}" x2="${toX(goal)}" y1="${y - 2}" y2="${y + BAR_HEIGHT + 2}"/>`;
  // Avoids overlapping the tick.
  const valueX = goal !== undefined && toX(goal) > end && toX(goal) - end < VALUE_WIDTH ? toX(goal) : end;
  return `<g><title>${escapeHtml(title)}</title><rect class="rival${color % 4}" x="${LABEL_WIDTH}" y="${y}" width="${end - LABEL_WIDTH}" height="${BAR_HEIGHT}" rx="2"/>${tick}<text class="value" x="${valueX + 6}" y="${y + BAR_HEIGHT / 2}">${ratio.toFixed(1)}</text></g>`;
}

function renderLegend(rivals: readonly string[]): string {
  const names = rivals.map(
    (rival, index) =>
      `<rect class="rival${index % 4}" x="${LABEL_WIDTH + index * 150}" y="2" width="12" height="12" rx="2"/><text class="value" x="${LABEL_WIDTH + index * 150 + 18}" y="8">× ${escapeHtml(rival)}</text>`,
  );
  const at = LABEL_WIDTH + rivals.length * 150;
  return `${names.join('')}<line class="goal" x1="${at + 6}" x2="${at + 6}" y1="0" y2="16"/><text class="value" x="${at + 18}" y="8">goal</text>`;
}

function gridOf(max: number): readonly number[] {
  const step = max > 24 ? 10 : max > 10 ? 5 : max > 4 ? 2 : 1;
  const ratios = Array.from({ length: Math.floor(max / step) }, (_, index) => (index + 1) * step);
  return ratios.includes(1) ? ratios : [1, ...ratios];
}
