import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { SparkBars } from '../../charts/spark/spark.tsx';
import { timeOf } from '../../data/search.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { formatCount, plural } from '../../format/number.ts';
import { formatAgo, formatMinute, millisOf } from '../../format/time.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { usePageWindow } from '../../time/page-window.tsx';
import { CauseMessage, CausePath } from '../errors/cause-parts.tsx';
import '../errors/errors.css';
import { isHandled, useCauses, useIsNew } from '../errors/use-causes.ts';

const SHOWN = 5;

/** The causes of errors whose path contains a service. */
export function ServiceErrors({ service }: { readonly service: string }): ReactNode {
  const result = useCauses(service);
  const isNew = useIsNew();
  const time = timeOf(usePageSearch());
  const { nowMillis } = usePageWindow();
  const total = result.data?.total;
  return (
    <Pane
      title="Errors by cause"
      note={total === undefined ? undefined : plural(total, 'cause')}
      className="bb"
      actions={
        <Link className="push s12 nowrap" to="/errors" search={{ ...time, service }}>
          Open in Errors
        </Link>
      }
    >
      <QueryResult result={result}>
        {({ causes }) =>
          causes.length === 0 ? (
            <EmptyState tight title="No errors in this range" />
          ) : (
            <ul>
              {causes.slice(0, SHOWN).map((cause) => (
                <li key={cause.fingerprint}>
                  <Link className="ov-error" to="/errors" search={{ ...time, service, cause: cause.fingerprint }}>
                    <bdi className="mono cut">{cause.type}</bdi>
                    <SparkBars
                      values={cause.steps}
                      color={isHandled(cause) ? 'var(--text-3)' : 'var(--error-fill)'}
                      width={72}
                    />
                    <span className="num s12 strong">{formatCount(cause.count)}</span>
                    <span className="m s12 t2 cut">
                      <CauseMessage message={cause.message} />
                    </span>
                    <span className="meta">
                      <CausePath path={cause.path} />
                      {isHandled(cause) && <span className="tag">handled</span>}
                      {isNew(cause) && (
                        <span className="tag warn">new since {formatMinute(millisOf(cause.firstSeenNanos))}</span>
                      )}
                      <span className="push nowrap">{formatAgo(millisOf(cause.lastSeenNanos), nowMillis)}</span>
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </QueryResult>
    </Pane>
  );
}
