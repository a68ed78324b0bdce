import type { ProcessHistory } from '@otelier/query';
import { type ReactNode, useMemo } from 'react';
import { ValueAxis } from '../../charts/axes/value-axis.tsx';
import { valueScale } from '../../charts/axes/value-ticks.ts';
import { stepAt } from '../../charts/cursor/time-index.ts';
import { paintLine } from '../../charts/paint-line.ts';
import { type Plot, xOf } from '../../charts/plot.ts';
import { colorOf } from '../../charts/theme-colors.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { NO_VALUE } from '../../format/number.ts';
import { formatClock } from '../../format/time.ts';
import { t } from '../../locale/t.ts';

/** A line of a chart of levels. */
export interface LevelLine {
  readonly name: string;
  readonly values: readonly (number | null)[];
  readonly dash?: readonly number[];
  /** Name of a color token. Default: that of text. */
  readonly token?: string;
}

const HEIGHT = 124;
const MARGINS = { left: 52, right: 14, top: 10, bottom: 24 };
/** A limit that is so far away would flatten the lines. */
const LIMIT_REACH = 4;

/** Levels of the process over time, with their limit as a dashed line if they come near it. */
export function LevelChart({
  label,
  history,
  lines,
  format,
  limit,
}: {
  readonly label: string;
  readonly history: ProcessHistory;
  readonly lines: readonly LevelLine[];
  readonly format: (value: number) => string;
  readonly limit?: { readonly value: number; readonly name: string } | undefined;
}): ReactNode {
  const { timesMillis, stepMillis } = history;
  const highest = lines.reduce((max, { values }) => values.reduce<number>((a, b) => Math.max(a, b ?? 0), max), 0);
  const isNear = limit !== undefined && highest > 0 && limit.value <= highest * LIMIT_REACH;
  const scale = valueScale(isNear ? Math.max(highest, limit.value) : highest);
  const startMillis = timesMillis[0] ?? 0;
  const yOf = (plot: Plot, value: number): number => plot.y1 - (value / scale.top) * (plot.y1 - plot.y0);
  const paint = useMemo(
    () => (context: CanvasRenderingContext2D, plot: Plot) => {
      context.lineWidth = 1.4;
      context.lineJoin = 'round';
      for (const { values, dash = [], token = '--text' } of lines) {
        context.strokeStyle = colorOf(token);
        context.setLineDash([...dash]);
        paintLine(
          context,
          bridged(values, history).map((value, index) =>
            value === null
              ? undefined
              : [
                  xOf(plot, (timesMillis[index] ?? 0) + stepMillis / 2),
                  plot.y1 - (value / scale.top) * (plot.y1 - plot.y0),
                ],
          ),
        );
      }
    },
    [lines, history, timesMillis, stepMillis, scale.top],
  );
  return (
    <TimeChart
      label={label}
      height={HEIGHT}
      margins={MARGINS}
      paint={paint}
      labelsReleases
      under={(plot) => (
        <ValueAxis plot={plot} ticks={scale.ticks.map((value) => ({ y: yOf(plot, value), text: format(value) }))} />
      )}
      over={(plot) =>
        isNear && (
          <g className="he-limit">
            <line x1={plot.x0} x2={plot.x1} y1={yOf(plot, limit.value)} y2={yOf(plot, limit.value)} />
            <text x={plot.x0 + 6} y={yOf(plot, limit.value) + 12}>
              {limit.name}
            </text>
          </g>
        )
      }
      valuesAt={(millis) => {
        const index = stepAt(startMillis, stepMillis, timesMillis.length, millis);
        return lines.flatMap(({ name, values }) => {
          const value = index === undefined ? null : (bridged(values, history)[index] ?? null);
          return value === null ? [] : [{ name, value: format(value) }];
        });
      }}
      table={() => ({
        columns: [t('Time'), ...lines.map(({ name }) => name)],
        rows: timesMillis
          .map((millis, index) => ({ millis, index }))
          .filter(({ index }) => lines.some(({ values }) => (values[index] ?? null) !== null))
          .map(({ millis, index }) => [
            formatClock(millis),
            ...lines.map(({ values }) => {
              const value = values[index] ?? null;
              return value === null ? NO_VALUE : format(value);
            }),
          ]),
      })}
    />
  );
}

/** Fills steps that are shorter than the distance of the samples. Longer gaps stay gaps. */
function bridged(
  values: readonly (number | null)[],
  { stepMillis, sampleMillis }: ProcessHistory,
): readonly (number | null)[] {
  const reach = Math.ceil(sampleMillis / stepMillis);
  if (reach <= 1) return values;
  let known: { readonly value: number; readonly index: number } | undefined;
  return values.map((value, index) => {
    if (value !== null) known = { value, index };
    return known !== undefined && index - known.index < reach ? known.value : null;
  });
}
