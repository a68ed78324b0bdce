import type { ServiceDetailResponse } from '@otelier/query';
import type { ReactNode } from 'react';
import { xOf } from '../../charts/plot.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { formatCount } from '../../format/number.ts';
import { formatClock } from '../../format/time.ts';
import { t } from '../../locale/t.ts';

const ROW = 16;
const MAX_VERSIONS = 5;
const MAX_NAME = 9;

/** A bar for each version, from its first to its last item in the range. */
export function VersionBars({ detail }: { readonly detail: ServiceDetailResponse }): ReactNode {
  const { timesMillis, stepMillis } = detail;
  const firstOf = (steps: readonly number[]): number => steps.findIndex((count) => count > 0);
  const versions = detail.versions
    .slice(0, MAX_VERSIONS)
    .toSorted((a, b) => firstOf(b.steps) - firstOf(a.steps) || (a.name < b.name ? 1 : -1));
  const height = versions.length * ROW + 32;
  return (
    <TimeChart
      label={t('Versions over time')}
      height={height}
      margins={{ left: 52, right: 16, top: 8, bottom: 24 }}
      over={(plot) =>
        versions.map(({ name, steps }, index) => {
          const from = firstOf(steps);
          const to = steps.findLastIndex((count) => count > 0);
          const y = plot.y0 + index * ROW + 5;
          const isLatest = index === 0;
          return (
            <g key={name}>
              <title>{name}</title>
              <text
                x={plot.x0 - 8}
                y={y + 5}
                textAnchor="end"
                style={isLatest ? { fill: 'var(--text)', fontWeight: 560 } : {}}
              >
                {name.length > MAX_NAME ? `${name.slice(0, MAX_NAME - 1)}…` : name}
              </text>
              <rect
                x={Math.max(plot.x0, xOf(plot, timesMillis[from] ?? 0))}
                width={Math.max(2, xOf(plot, (timesMillis[to] ?? 0) + stepMillis) - xOf(plot, timesMillis[from] ?? 0))}
                y={y}
                height={isLatest ? 3 : 2}
                style={{ fill: isLatest ? 'var(--text)' : 'var(--text-3)' }}
              />
            </g>
          );
        })
      }
      table={() => ({
        columns: [t('Time'), ...versions.map(({ name }) => name)],
        rows: timesMillis.map((millis, step) => [
          formatClock(millis),
          ...versions.map(({ steps }) => formatCount(steps[step] ?? 0)),
        ]),
      })}
    />
  );
}
