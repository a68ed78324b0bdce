import type { ReactNode } from 'react';
import { SparkLine } from '../../../charts/spark/spark.tsx';
import { plural } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { Measure } from '../../../parts/measure.tsx';
import { held } from '../../../series/bridges.ts';
import type { ValueFormat } from '../../../series/value-format.ts';
import type { Threshold } from '../model/board.ts';
import { formatOfUnit } from '../model/unit.ts';
import type { PanelValue } from './panel-series.ts';

const MAX_STATS = 24;
const MAX_GAUGES = 100;

/** Numbers in large type, each with its trend. */
export function Stats({
  values,
  format,
  thresholds,
}: {
  readonly values: readonly PanelValue[];
  readonly format: ValueFormat;
  readonly thresholds: readonly Threshold[];
}): ReactNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable regions must be keyboard-focusable
    <ul className="bo-stats" aria-label={t('Values')} tabIndex={0}>
      {values.slice(0, MAX_STATS).map(({ key, name, value, unit, trend }) => (
        <li key={key}>
          {values.length > 1 && <span className="t3 s12 cut">{name}</span>}
          <b className={levelOf(value, thresholds)}>
            {value === undefined ? (
              '—'
            ) : (
              <Measure of={(unit === undefined ? format : formatOfUnit(unit)).quantity(value)} />
            )}
          </b>
          {trend.length > 1 && <SparkLine values={held(trend)} width={120} height={24} mark={false} quiet />}
        </li>
      ))}
      <More count={values.length - MAX_STATS} />
    </ul>
  );
}

/** Numbers as bars up to a maximum. */
export function Gauges({
  values,
  format,
  thresholds,
  max,
}: {
  readonly values: readonly PanelValue[];
  readonly format: ValueFormat;
  readonly thresholds: readonly Threshold[];
  readonly max: number | undefined;
}): ReactNode {
  const top = max ?? values.reduce((high, { value = 0 }) => Math.max(high, value), 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable regions must be keyboard-focusable
    <ul className="bo-gauges" aria-label={t('Values')} tabIndex={0}>
      {values.slice(0, MAX_GAUGES).map(({ key, name, value, unit }) => {
        const level = levelOf(value, thresholds);
        const share = value === undefined || !(top > 0) ? 0 : Math.min(1, Math.max(0, value / top));
        return (
          <li key={key}>
            {values.length > 1 && (
              <span className="cut" title={name}>
                {name}
              </span>
            )}
            <span className="bo-meter" aria-hidden="true">
              <i className={level} style={{ width: `${share * 100}%` }} />
            </span>
            <b className={level}>
              {value === undefined ? (
                '—'
              ) : (
                <Measure of={(unit === undefined ? format : formatOfUnit(unit)).quantity(value)} />
              )}
            </b>
          </li>
        );
      })}
      <More count={values.length - MAX_GAUGES} />
    </ul>
  );
}

function More({ count }: { readonly count: number }): ReactNode {
  return count > 0 ? (
    <li className="groupname">{t('{values} not shown', { values: plural(count, 'more value') })}</li>
  ) : null;
}

/** Returns the level of the highest threshold that a value has reached. */
export function levelOf(value: number | undefined, thresholds: readonly Threshold[]): '' | 'ok' | 'warn' | 'err' {
  if (value === undefined) return '';
  const reached = thresholds
    .toSorted((a, b) => a.value - b.value)
    .findLast((threshold) => value >= threshold.value)?.level;
  return reached === 'error' ? 'err' : reached === 'warn' ? 'warn' : '';
}
