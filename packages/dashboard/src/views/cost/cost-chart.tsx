import type { CostResponse, CostSender } from '@otelier/query';
import { type ReactNode, useMemo } from 'react';
import { ValueAxis } from '../../charts/axes/value-axis.tsx';
import { valueScale } from '../../charts/axes/value-ticks.ts';
import { stepAt } from '../../charts/cursor/time-index.ts';
import { type Plot, xOf } from '../../charts/plot.ts';
import { colorOf } from '../../charts/theme-colors.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { serviceColor, serviceToken } from '../../data/service-colors.ts';
import { formatAxis, formatCount } from '../../format/number.ts';
import { formatBytes, formatStep } from '../../format/quantity.ts';
import { formatClock } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import type { CostUnit } from './use-cost.ts';

/** Height of the chart, in pixels. */
export const CHART_HEIGHT = 168;
const MARGINS = { left: 56, right: 16, top: 34, bottom: 24 };
/** Services with bars of their own; the others are one bar. */
const MAX_SERVICES = 10;

interface Bars {
  /** `undefined` for all other services. */
  readonly service: string | undefined;
  readonly total: number;
  readonly steps: readonly number[];
}

/** What services send over time, as bars on each other. */
export function CostChart({
  cost,
  senders,
  unit,
}: {
  readonly cost: CostResponse;
  readonly senders: readonly CostSender[];
  readonly unit: CostUnit;
}): ReactNode {
  const { timesMillis, stepMillis } = cost;
  const bars = useMemo(() => barsOf(senders, unit, timesMillis.length), [senders, unit, timesMillis]);
  const max = Math.max(
    1,
    ...timesMillis.map((_, step) => bars.reduce((sum, { steps }) => sum + (steps[step] ?? 0), 0)),
  );
  const scale = valueScale(max, 3, true);
  const format = (value: number): string => (unit === 'bytes' ? formatBytes(value) : formatCount(value));
  const paint = useMemo(
    () => (context: CanvasRenderingContext2D, plot: Plot) => {
      timesMillis.forEach((millis, step) => {
        const x = Math.max(plot.x0, xOf(plot, millis));
        const width = Math.max(0.75, Math.min(plot.x1, xOf(plot, millis + stepMillis)) - x - 1.5);
        let y = plot.y1;
        for (const { service, steps } of bars) {
          const size = ((steps[step] ?? 0) / scale.top) * (plot.y1 - plot.y0);
          if (size === 0) continue;
          y -= size;
          context.fillStyle = colorOf(service === undefined ? '--text-3' : serviceToken(service));
          context.fillRect(x + 0.5, y, width, Math.max(0.5, size));
        }
      });
    },
    [timesMillis, stepMillis, bars, scale.top],
  );
  const nameOf = (service: string | undefined): string => service ?? t('other');
  return (
    <div className="ct-chart">
      <TimeChart
        label={unit === 'bytes' ? t('Bytes by service over time') : t('Items by service over time')}
        height={CHART_HEIGHT}
        margins={MARGINS}
        paint={paint}
        under={(plot) => (
          <>
            <ValueAxis
              plot={plot}
              ticks={scale.ticks.map((value) => ({
                y: plot.y1 - (value / scale.top) * (plot.y1 - plot.y0),
                text: unit === 'bytes' ? formatBytes(value) : formatAxis(value),
              }))}
            />
            <text x={16} y={19} className="lo-count">
              {t('{step} a bar', { step: formatStep(stepMillis) })}
            </text>
          </>
        )}
        valuesAt={(millis) => {
          const step = stepAt(timesMillis[0] ?? 0, stepMillis, timesMillis.length, millis);
          return bars.flatMap(({ service, steps }) => {
            const value = step === undefined ? 0 : (steps[step] ?? 0);
            return value === 0 ? [] : [{ name: nameOf(service), value: format(value) }];
          });
        }}
        table={() => ({
          columns: [t('Time'), ...bars.map(({ service }) => nameOf(service))],
          rows: timesMillis.map((millis, step) => [
            formatClock(millis),
            ...bars.map(({ steps }) => format(steps[step] ?? 0)),
          ]),
        })}
      />
      <ul className="legend ct-legend" aria-label={t('Services')}>
        {bars.map(({ service, total }) => (
          <li key={service ?? ''}>
            <i
              className="sw sq"
              style={{ background: service === undefined ? 'var(--text-3)' : serviceColor(service) }}
            />
            <bdi className="cut">{nameOf(service)}</bdi>
            <b>{format(total)}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Returns the bars of the services that send the most, and of all others together. */
function barsOf(senders: readonly CostSender[], unit: CostUnit, steps: number): readonly Bars[] {
  const of = (own: readonly CostSender[], service: string | undefined): Bars => {
    const sums = new Array<number>(steps).fill(0);
    for (const sender of own) {
      for (const [step, value] of (unit === 'bytes' ? sender.byteSteps : sender.itemSteps).entries()) {
        sums[step] = (sums[step] ?? 0) + value;
      }
    }
    return { service, total: own.reduce((sum, sender) => sum + sender[unit], 0), steps: sums };
  };
  const all = [...Map.groupBy(senders, ({ service }) => service)]
    .map(([service, own]) => of(own, service))
    .sort((a, b) => b.total - a.total);
  const largest = new Set(all.slice(0, MAX_SERVICES).map(({ service }) => service));
  const others = senders.filter(({ service }) => !largest.has(service));
  return [...all.slice(0, MAX_SERVICES), ...(others.length > 0 ? [of(others, undefined)] : [])];
}
