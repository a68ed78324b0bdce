import type { ReactNode } from 'react';
import { retryConnection, useConnection } from '../data/pipeline-stream.ts';
import { formatClock } from '../format/time.ts';
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
  useKeys('Connection', [{ press: 'r', does: 'try again', hint: 'try again', run: retryConnection }]);
  return (
    <div className="banner" role="alert">
      <Icon name="warn" />
      <span>
        <b className="strong">No connection to otelier since {formatClock(lostMillis)}.</b>{' '}
        <span className="t2">
          The data shown is not current. Your applications can still send; nothing is lost while otelier runs.
        </span>
      </span>
      <span className="push row">
        <span className="t2 s12 nowrap" aria-live="off">
          {seconds === 0 ? 'Retrying' : `Retrying in ${seconds} s`}
        </span>
        <button type="button" className="btn small" onClick={retryConnection}>
          Try now<kbd>R</kbd>
        </button>
      </span>
    </div>
  );
}
