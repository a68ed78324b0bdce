import type { DiskUsage, ProcessHistory } from '@otelier/query';
import { type ReactNode, useMemo } from 'react';
import { ValueAxis } from '../../charts/axes/value-axis.tsx';
import { valueScale } from '../../charts/axes/value-ticks.ts';
import { paintLine } from '../../charts/paint-line.ts';
import { type Plot, xOf } from '../../charts/plot.ts';
import { spreadLabels } from '../../charts/spread-labels.ts';
import { colorOf } from '../../charts/theme-colors.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { useApiQuery } from '../../data/use-api-query.ts';
import { formatBytes } from '../../format/quantity.ts';
import { formatAge, formatDay, formatMinute } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Pane } from '../../parts/pane.tsx';
import { DAY_MILLIS, type ForecastLine, forecastOf } from './forecast.ts';

const HEIGHT = 146;
const MARGINS = { left: 56, right: 16, top: 12, bottom: 24 };
const STEPS = 120;

/** The size of the store: its past, and its future with the retention that is set, and with twice that. */
export function DiskPane({
  disks,
  nowMillis,
}: {
  readonly disks: readonly DiskUsage[];
  readonly nowMillis: number;
}): ReactNode {
  const [disk] = disks;
  if (disk === undefined) {
    return (
      <Pane title={t('Disk and retention')} className="br">
        <EmptyState tight title={t('Nothing is written to a disk')}>
          <p>{t('The configuration has no store and no queue on disk.')}</p>
        </EmptyState>
      </Pane>
    );
  }
  return <Disk disk={disk} others={disks.length - 1} nowMillis={nowMillis} />;
}

function Disk({
  disk,
  others,
  nowMillis,
}: {
  readonly disk: DiskUsage;
  readonly others: number;
  readonly nowMillis: number;
}): ReactNode {
  const forecast = forecastOf(disk, nowMillis);
  const pastMillis = Math.max(nowMillis - (disk.oldestMillis ?? nowMillis), DAY_MILLIS / 24);
  const span = {
    startMillis: nowMillis - pastMillis,
    endMillis: nowMillis + Math.max(pastMillis, forecast.reachMillis),
  };
  const { data } = useApiQuery<ProcessHistory>({
    path: '/process/history',
    params: { start: Math.round(span.startMillis), end: Math.round(nowMillis), steps: STEPS },
  });
  const highest = Math.max(disk.sizeBytes, ...forecast.lines.map(({ endBytes }) => endBytes));
  const limit = disk.maxBytes;
  const showsLimit = limit !== undefined && limit > 0 && limit <= highest * 4;
  const scale = valueScale(showsLimit ? Math.max(highest, limit) : highest);
  const yOf = (plot: Plot, bytes: number): number => plot.y1 - (bytes / scale.top) * (plot.y1 - plot.y0);
  const paint = useMemo(
    () => (context: CanvasRenderingContext2D, plot: Plot) => {
      const y = (bytes: number): number => plot.y1 - (bytes / scale.top) * (plot.y1 - plot.y0);
      const past = (data?.diskBytes ?? []).flatMap((value, index) =>
        value === null ? [] : [[xOf(plot, data?.timesMillis[index] ?? 0), y(value)] as const],
      );
      const known = [...past, [xOf(plot, nowMillis), y(disk.sizeBytes)] as const];
      context.beginPath();
      for (const [x, top] of known) context.lineTo(x, top);
      context.lineTo(known.at(-1)?.[0] ?? 0, plot.y1);
      context.lineTo(known[0]?.[0] ?? 0, plot.y1);
      context.fillStyle = colorOf('--line');
      context.fill();
      context.strokeStyle = colorOf('--text');
      context.lineWidth = 1.4;
      paintLine(context, known);
      context.setLineDash([2, 3]);
      for (const { points, isSet } of forecast.lines) {
        context.strokeStyle = colorOf(isSet ? '--text-2' : '--warn-fill');
        paintLine(
          context,
          points.map(({ millis, bytes }) => [xOf(plot, millis), y(bytes)] as const),
        );
      }
    },
    [data, disk.sizeBytes, nowMillis, forecast.lines, scale.top],
  );
  const dayText = span.endMillis - span.startMillis > 2 * DAY_MILLIS ? formatDay : formatMinute;
  return (
    <Pane
      title={t('Disk and retention')}
      note={others > 0 ? t('dotted: forecast, {number} more directories', { number: others }) : t('dotted: forecast')}
      className="br he-disk"
      actions={
        <span className="read">
          <span>
            <b>{formatBytes(forecast.bytesPerDay)}</b> /{t('day')}
          </span>
          {disk.freeBytes !== undefined && (
            <span>
              {t('free')} <b>{formatBytes(disk.freeBytes)}</b>
            </span>
          )}
        </span>
      }
    >
      <TimeChart
        label={t('Size of the store')}
        height={HEIGHT}
        margins={MARGINS}
        span={span}
        paint={paint}
        under={(plot) => (
          <ValueAxis
            plot={plot}
            ticks={scale.ticks.map((value) => ({ y: yOf(plot, value), text: formatBytes(value) }))}
          />
        )}
        over={(plot) => (
          <g>
            {showsLimit && (
              <g className="he-limit">
                <line x1={plot.x0} x2={plot.x1} y1={yOf(plot, limit)} y2={yOf(plot, limit)} />
                <text x={plot.x1} y={yOf(plot, limit) + 12} textAnchor="end">
                  max_size {formatBytes(limit)}
                </text>
              </g>
            )}
            <line className="he-now" x1={xOf(plot, nowMillis)} x2={xOf(plot, nowMillis)} y1={plot.y0} y2={plot.y1} />
            <text {...nowLabel(plot, xOf(plot, nowMillis))} y={plot.y0 + 10}>
              {t('now {size}', { size: formatBytes(disk.sizeBytes) })}
            </text>
            {endLabels(forecast.lines, (bytes) => yOf(plot, bytes), plot, showsLimit).map(
              ({ keptMillis, endBytes, isSet, y }) => (
                <text
                  key={keptMillis}
                  x={plot.x1}
                  y={y}
                  textAnchor="end"
                  style={{ fill: isSet ? 'var(--text-2)' : 'var(--warn)' }}
                >
                  {t('keeping {age}: {size}', { age: formatAge(keptMillis), size: formatBytes(endBytes) })}
                </text>
              ),
            )}
          </g>
        )}
        table={() => ({
          columns: [t('Time'), t('Size of the store')],
          rows: [
            ...(data?.diskBytes ?? []).flatMap((value, index) =>
              value === null ? [] : [[dayText(data?.timesMillis[index] ?? 0), formatBytes(value)]],
            ),
            ...forecast.lines.map(({ keptMillis, endBytes }) => [
              t('keeping {age}', { age: formatAge(keptMillis) }),
              formatBytes(endBytes),
            ]),
          ],
        })}
      />
    </Pane>
  );
}

const LABEL_HEIGHT = 14;

/** Returns the labels at the ends of the forecasts, the highest first, below the label of the limit and apart. */
function endLabels(
  lines: readonly ForecastLine[],
  yOf: (bytes: number) => number,
  plot: Plot,
  showsLimit: boolean,
): readonly (ForecastLine & { readonly y: number })[] {
  const ordered = lines.toSorted((a, b) => b.endBytes - a.endBytes || b.keptMillis - a.keptMillis);
  const wanted = ordered.map(({ endBytes, isSet }) => yOf(endBytes) + (isSet ? LABEL_HEIGHT : -6));
  const top = plot.y0 + 10 + (showsLimit ? LABEL_HEIGHT : 0);
  const placed = spreadLabels(wanted, LABEL_HEIGHT, top, plot.y1 - 4);
  return ordered.map((line, index) => ({ ...line, y: placed[index] ?? top }));
}

/** Space that the label of the present needs. */
const LABEL_WIDTH = 110;

/** Returns where the label of the present is: left of its line, if there is space. */
function nowLabel(plot: Plot, x: number): { readonly x: number; readonly textAnchor: 'start' | 'end' } {
  return x - plot.x0 < LABEL_WIDTH ? { x: x + 6, textAnchor: 'start' } : { x: x - 6, textAnchor: 'end' };
}
