import type { ReactNode } from 'react';
import { useHasData } from '../data/use-has-data.ts';
import { t } from '../locale/t.ts';
import { Icon } from '../parts/icon.tsx';
import { useLive } from './use-live.ts';

/** A button that shows whether the view is live and pauses or resumes it. */
export function LiveButton(): ReactNode {
  const { live, offline, toggle } = useLive();
  const waiting = useHasData() === false;
  if (offline) {
    return (
      <button type="button" className="btn" disabled>
        <span className="row err">
          <i className="dot" />
        </span>
        {t('Offline')}
      </button>
    );
  }
  return (
    <button type="button" className="btn" aria-pressed={live} aria-keyshortcuts="Space" onClick={toggle}>
      {live ? (
        <>
          <span className={`row ${waiting ? '' : 'live'}`}>
            <i className={`dot ${waiting ? 'hollow' : ''}`} />
          </span>
          {waiting ? t('Waiting') : t('Live')}
        </>
      ) : (
        <>
          <Icon name="play" />
          {t('Resume')}
        </>
      )}
      <kbd>Space</kbd>
    </button>
  );
}
