import { type ReactNode, useMemo } from 'react';
import { xOf } from '../../charts/plot.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { formatClock } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { Pane } from '../../parts/pane.tsx';
import { ServiceMark } from '../../parts/service-mark.tsx';
import type { StatePeriod } from './alert-history.ts';
import { type ShownRule, serviceOf } from './rule-state.ts';

const ROW = 24;
const MAX_ROWS = 8;
const MARGINS = { left: 216, right: 16, top: 6, bottom: 24 };

/** Which rules fired or were pending, over the page's time. */
export function AlertTimeline({
  rules,
  periods,
  selected,
  onSelect,
}: {
  readonly rules: readonly ShownRule[];
  readonly periods: ReadonlyMap<string, readonly StatePeriod[]>;
  readonly selected: string | undefined;
  readonly onSelect: (rule: ShownRule) => void;
}): ReactNode {
  const rows = useMemo(() => rules.filter(({ id, state }) => state !== 'quiet' || periods.has(id)), [rules, periods]);
  const shown = rows.slice(0, MAX_ROWS);
  if (shown.length === 0) return null;
  const yOf = (row: number): number => MARGINS.top + row * ROW;
  return (
    <Pane
      title={t('Timeline')}
      className="al-timeline bb"
      note={
        rows.length > shown.length ? t('{count} more in the list', { count: rows.length - shown.length }) : undefined
      }
      actions={
        <span className="legend push s11" aria-hidden="true">
          <i className="al-key firing" /> {t('firing')}
          <i className="al-key pending" /> {t('pending')}
          <i className="al-key silenced" /> {t('silenced')}
        </span>
      }
    >
      <div className="al-rows">
        <div className="al-names">
          {shown.map((row) => (
            <button
              key={row.id}
              type="button"
              className="row cut"
              aria-pressed={row.id === selected}
              onClick={() => onSelect(row)}
            >
              <ServiceMark
                service={serviceOf(row.alerts[0]?.labels) ?? ''}
                hollow={serviceOf(row.alerts[0]?.labels) === undefined}
              />
              <bdi className="cut">
                {row.rule.name}
                {row.distinction !== '' && <span className="t3"> {row.distinction}</span>}
              </bdi>
            </button>
          ))}
        </div>
        <TimeChart
          label={t('Firing and pending over time')}
          height={MARGINS.top + shown.length * ROW + MARGINS.bottom}
          margins={MARGINS}
          labelsReleases
          over={(plot) =>
            shown.map(({ id, state }, row) => (
              <g key={id}>
                <line className="grid-line" x1={16} x2={plot.x1} y1={yOf(row + 1) - 0.5} y2={yOf(row + 1) - 0.5} />
                {(periods.get(id) ?? []).map((period) => {
                  const from = Math.max(plot.x0, xOf(plot, period.startMillis));
                  const to = Math.min(plot.x1, xOf(plot, period.endMillis));
                  const kind = state === 'silenced' && period.state === 'firing' ? 'silenced' : period.state;
                  return to <= from ? null : (
                    <rect
                      key={`${period.state} ${period.startMillis}`}
                      className={`al-period ${kind}`}
                      x={from}
                      width={Math.max(2, to - from)}
                      y={yOf(row) + (kind === 'silenced' ? 10 : 6)}
                      height={kind === 'silenced' ? 2 : 10}
                    />
                  );
                })}
              </g>
            ))
          }
          table={() => ({
            columns: [t('Rule'), t('State'), t('From'), t('To')],
            rows: shown.flatMap(({ id, rule, distinction }) =>
              (periods.get(id) ?? []).map(({ state, startMillis, endMillis }) => [
                [rule.name, distinction].filter(Boolean).join(' '),
                state === 'firing' ? t('firing') : t('pending'),
                formatClock(startMillis),
                formatClock(endMillis),
              ]),
            ),
          })}
        />
      </div>
    </Pane>
  );
}
