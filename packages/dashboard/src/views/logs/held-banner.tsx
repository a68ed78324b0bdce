import type { ReactNode } from 'react';
import { formatCount, formatRate, plural } from '../../format/number.ts';
import { formatClock } from '../../format/time.ts';
import { msg, t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { useClock } from '../../time/clock.ts';

const REASONS = {
  scrolled: msg('Live tail paused at {time} because you scrolled.'),
  open: msg('Live tail paused at {time} because a record is open.'),
  paused: msg('Live tail paused at {time} by you.'),
} as const;

/** Shows why and since when the live tail has been paused, and how many records have arrived since. */
export function HeldBanner({
  why,
  sinceMillis,
  waiting,
  over,
  onResume,
}: {
  readonly why: keyof typeof REASONS;
  readonly sinceMillis: number;
  readonly waiting: number;
  readonly over: boolean;
  readonly onResume: () => void;
}): ReactNode {
  const now = useClock(1000, true);
  const perSecond = waiting / Math.max(1, (now - sinceMillis) / 1000);
  return (
    <div className={`lo-held ${over ? 'over' : ''}`} role="status">
      <span className="row t2" style={{ gap: 6 }}>
        <Icon name="pause" />
        <b className="med">{t(REASONS[why], { time: formatClock(sinceMillis) })}</b>
      </span>
      <span className="t2 cut">
        {waiting === 0
          ? t('Nothing has arrived since.')
          : t('{records} since then, {perSecond} a second.', {
              records: plural(waiting, 'new record'),
              perSecond: perSecond < 10 ? formatRate(perSecond) : formatCount(perSecond),
            })}
      </span>
      <button type="button" className="push row nowrap" onClick={onResume}>
        {t('Show them and resume')}
        <kbd>Space</kbd>
      </button>
    </div>
  );
}
