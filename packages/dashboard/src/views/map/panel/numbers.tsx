import type { ReactNode } from 'react';
import { formatPercent } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { Duration } from '../../../parts/measure.tsx';
import type { MapNode } from '../graph.ts';
import { isFailing, shareOf, shortRate } from '../numbers.ts';

/** Rate, errors and durations. */
export function Numbers({
  of,
  seconds,
}: {
  readonly of: Pick<MapNode, 'calls' | 'errors' | 'p50' | 'p95'>;
  readonly seconds: number;
}): ReactNode {
  return (
    <dl className="mp-numbers">
      <div>
        <dt>{t('Rate')}</dt>
        <dd>
          {shortRate(of.calls / seconds)}
          <span className="u">/s</span>
        </dd>
      </div>
      <div className={isFailing(of) ? 'err' : ''}>
        <dt>{t('Errors')}</dt>
        <dd>
          {formatPercent(shareOf(of))}
          <span className="u">%</span>
        </dd>
      </div>
      <div>
        <dt>p50</dt>
        <dd>
          <Duration nanos={of.p50} />
        </dd>
      </div>
      <div>
        <dt>p95</dt>
        <dd>
          <Duration nanos={of.p95} />
        </dd>
      </div>
    </dl>
  );
}
