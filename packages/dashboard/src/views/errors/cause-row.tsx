import type { ErrorCause } from '@otelier/query';
import type { ReactNode } from 'react';
import { SparkBars } from '../../charts/spark/spark.tsx';
import { formatCount } from '../../format/number.ts';
import { formatAgo, formatDay, formatMinute, millisOf } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { CauseMessage, CausePath, versionsText } from './cause-parts.tsx';
import { isHandled } from './use-causes.ts';

/** A cause in the list: what, how often, where, since when. */
export function CauseRow({
  cause,
  index,
  isNew,
  isRegressed,
  selected,
  nowMillis,
  onSelect,
}: {
  readonly cause: ErrorCause;
  readonly index: number;
  readonly isNew: boolean;
  /** Whether it occurred again after it was set aside. */
  readonly isRegressed: boolean;
  readonly selected: boolean;
  readonly nowMillis: number;
  readonly onSelect: () => void;
}): ReactNode {
  const first = millisOf(cause.firstSeenNanos);
  const kinds = new Set(cause.path.flatMap(({ type, isPeer }) => (isPeer || type === cause.type ? [] : [type]))).size;
  const color = isHandled(cause) ? 'var(--text-3)' : 'var(--error-fill)';
  return (
    <li data-index={index}>
      <button type="button" className={`er-row ${selected ? 'sel' : ''}`} aria-pressed={selected} onClick={onSelect}>
        <span className="er-type">
          <bdi className="mono strong cut">{cause.type}</bdi>
          {isRegressed && <span className="tag err">{t('regressed')}</span>}
          {isNew && <span className="tag warn">{t('new since {time}', { time: formatMinute(first) })}</span>}
          {kinds > 0 && (
            <span className="t3 s11 cut er-became">
              {kinds === 1 ? t('became another kind') : t('became {kinds} other kinds', { kinds })}
            </span>
          )}
        </span>
        <SparkBars values={cause.steps} color={color} width={96} />
        <span className="num strong">{formatCount(cause.count)}</span>
        <span className="num">{formatCount(cause.users)}</span>
        <span className="num t3">{formatAgo(millisOf(cause.lastSeenNanos), nowMillis)}</span>
        <span className="er-message cut t2">
          <CauseMessage message={cause.message} />
        </span>
        <span className="er-aside t3">{t('since {time}', { time: sinceText(first, nowMillis) })}</span>
        <span className="er-path t2">
          <CausePath path={cause.path} />
          <bdi className="mono t3 cut">
            {cause.routes[0]?.name ?? cause.spanName}
            {cause.routes.length > 1 && ` +${cause.routes.length - 1}`}
          </bdi>
        </span>
        <bdi className="er-aside t3 mono cut">{versionsText(cause.versions)}</bdi>
      </button>
    </li>
  );
}

/** Formats when something was first seen: a time of today, or a day. */
export function sinceText(millis: number, nowMillis: number): string {
  const isToday = new Date(millis).toDateString() === new Date(nowMillis).toDateString();
  return isToday ? formatMinute(millis) : formatDay(millis);
}
