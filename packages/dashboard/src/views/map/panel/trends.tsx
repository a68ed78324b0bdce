import type { ReactNode } from 'react';
import { SparkBars, SparkLine } from '../../../charts/spark/spark.tsx';
import { t } from '../../../locale/t.ts';
import { useRed } from '../../overview/use-overview.ts';

const WIDTH = 232;
const STEPS = 36;

/** The requests, errors and 95th percentile of a service over time. */
export function Trends({
  service,
  isFailing: isBad,
}: {
  readonly service: string;
  readonly isFailing: boolean;
}): ReactNode {
  const red = useRed('none', STEPS, service).data?.series[0];
  return (
    <div className="mp-trends" aria-hidden="true">
      <span>{t('Rate')}</span>
      {red !== undefined && <SparkLine values={red.requests.slice(0, -1)} width={WIDTH} height={28} />}
      <span>{t('Errors')}</span>
      {red !== undefined && (
        <SparkBars
          values={red.errors}
          width={WIDTH}
          height={28}
          color={isBad ? 'var(--error-fill)' : 'var(--text-3)'}
        />
      )}
      <span>p95</span>
      {red !== undefined && <SparkLine values={red.p95.slice(0, -1)} width={WIDTH} height={28} />}
    </div>
  );
}
