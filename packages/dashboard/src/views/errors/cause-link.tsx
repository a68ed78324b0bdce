import type { ErrorCause } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { SparkBars } from '../../charts/spark/spark.tsx';
import { timeOf } from '../../data/search.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { formatCount } from '../../format/number.ts';
import { formatAgo, formatMinute, millisOf } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import { CauseMessage, CausePath } from './cause-parts.tsx';
import { isHandled } from './use-causes.ts';

/** A cause in the list of another view, which links to the view of errors. */
export function CauseLink({
  cause,
  isNew,
  service,
}: {
  readonly cause: ErrorCause;
  readonly isNew: boolean;
  /** The service that the list is limited to. */
  readonly service: string | undefined;
}): ReactNode {
  const time = timeOf(usePageSearch());
  const { nowMillis } = usePageWindow();
  return (
    <Link className="ov-error" to="/errors" search={{ ...time, service, cause: cause.fingerprint }}>
      <bdi className="mono cut">{cause.type}</bdi>
      <SparkBars values={cause.steps} color={isHandled(cause) ? 'var(--text-3)' : 'var(--error-fill)'} width={72} />
      <span className="num s12 strong">{formatCount(cause.count)}</span>
      <span className="m s12 t2 cut">
        <CauseMessage message={cause.message} />
      </span>
      <span className="meta">
        <CausePath path={cause.path} />
        {isHandled(cause) && <span className="tag">{t('handled')}</span>}
        {isNew && (
          <span className="tag warn">
            {t('new since {time}', { time: formatMinute(millisOf(cause.firstSeenNanos)) })}
          </span>
        )}
        <span className="push nowrap">{formatAgo(millisOf(cause.lastSeenNanos), nowMillis)}</span>
      </span>
    </Link>
  );
}
