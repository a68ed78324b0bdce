import type { ReactNode } from 'react';
import { retryConnection, useConnection } from '../data/pipeline/pipeline-stream.ts';
import { formatClock } from '../format/time.ts';
import { t } from '../locale/t.ts';
import { Icon } from '../parts/icon.tsx';
import { useClock } from '../time/clock.ts';
import { useKeys } from './keys.ts';

/** A banner that reports a lost connection, the only page-wide error. */
export function LostConnection(): ReactNode {
  const { lostMillis, retryAtMillis } = useConnection();
  if (lostMillis === undefined) return null;
  return <Banner lostMillis={lostMillis} retryAtMillis={retryAtMillis ?? lostMillis} />;
}

function Banner({
  lostMillis,
  retryAtMillis,
}: {
  readonly lostMillis: number;
  readonly retryAtMillis: number;
}): ReactNode {
  const now = useClock(1000, true);
  const seconds = Math.max(0, Math.ceil((retryAtMillis - now) / 1000));
  useKeys(t('Connection'), [{ press: 'r', does: t('try again'), hint: t('try again'), run: retryConnection }]);
  return (
    <div className="banner" role="alert">
      <Icon name="warn" />
      <span>
        <b className="strong">{t('No connection to otelier since {time}.', { time: formatClock(lostMillis) })}</b>{' '}
        <span className="t2">
          {t('The data shown is not current. Your applications can still send; nothing is lost while otelier runs.')}
        </span>
      </span>
      <span className="push row">
        <span className="t2 s12 nowrap" aria-live="off">
          {seconds === 0 ? t('Retrying') : t('Retrying in {seconds} s', { seconds })}
        </span>
        <button type="button" className="btn small" onClick={retryConnection}>
          {t('Try now')}
          <kbd>R</kbd>
        </button>
      </span>
    </div>
  );
}
