import type { ReactNode } from 'react';
import type { QueryState } from '../../data/use-api-query.ts';
import { plural } from '../../format/number.ts';
import { formatClock } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { QueryResult } from '../../parts/query-result.tsx';
import type { Deliveries } from './alerting-api.ts';

const MAX_ROWS = 50;

/** Notifications that are not delivered yet, or were refused, with the last error. */
export function DeliveriesPane({ result }: { readonly result: QueryState<Deliveries> }): ReactNode {
  const { pending = [], failed = [] } = result.data ?? {};
  return (
    <section className="al-side" aria-label={t('Notifications')}>
      <div className="head al-head bt bb">
        <h2>{t('Notifications')}</h2>
        <span className="note">
          {t('{pending} pending, {failed} failed', { pending: pending.length, failed: failed.length })}
        </span>
      </div>
      <QueryResult result={result} tight>
        {() =>
          pending.length + failed.length === 0 ? (
            <p className="al-more t3 s12">{t('All notifications are delivered.')}</p>
          ) : (
            <ul>
              {failed.slice(0, MAX_ROWS).map(({ integration, groupKey, alerts, error, failedAtMs }) => (
                <li key={`${integration} ${groupKey}`} className="al-delivery s12">
                  <p className="row">
                    <span className="mono t3">{formatClock(failedAtMs)}</span>
                    <bdi className="cut">{integration}</bdi>
                    <span className="push err nowrap">{t('failed')}</span>
                  </p>
                  <p className="t2">
                    {plural(alerts, 'alert')}: <bdi>{error}</bdi>
                  </p>
                </li>
              ))}
              {pending
                .slice(0, MAX_ROWS)
                .map(({ integration, groupKey, alerts, attempts, lastError = '', enqueuedAtMs, nextAttemptAtMs }) => (
                  <li key={`${integration} ${groupKey} ${enqueuedAtMs}`} className="al-delivery s12">
                    <p className="row">
                      <span className="mono t3">{formatClock(enqueuedAtMs)}</span>
                      <bdi className="cut">{integration}</bdi>
                      <span className={`push nowrap ${attempts > 1 ? 'warn' : 't2'}`}>
                        {plural(attempts, 'attempt')}
                        {nextAttemptAtMs !== undefined &&
                          `, ${t('next {time}', { time: formatClock(nextAttemptAtMs) })}`}
                      </span>
                    </p>
                    <p className="t2">
                      {plural(alerts, 'alert')}
                      {lastError !== '' && (
                        <>
                          : <bdi>{lastError}</bdi>
                        </>
                      )}
                    </p>
                  </li>
                ))}
            </ul>
          )
        }
      </QueryResult>
    </section>
  );
}
