import type { ReactNode } from 'react';
import { useStatus } from '../../../data/use-status.ts';
import { formatCount } from '../../../format/number.ts';
import { formatAge } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { Pane } from '../../../parts/pane.tsx';
import { QueryResult } from '../../../parts/query-result.tsx';
import type { Purpose } from './protection-data.ts';

/** Why telemetry is kept and for how long, how much of it is stored, and how much was removed. */
export function PurposesPane(): ReactNode {
  const result = useStatus();
  return (
    <Pane title={t('Purposes')} note={t('of all tenants')} className="ad-pane">
      <QueryResult result={result} tight>
        {({ store }) => {
          const stats = store?.purposes;
          if (stats === undefined || stats.purposes.length === 0)
            return <p className="ad-note t3 s12">{t('The store has no purposes, or has just started.')}</p>;
          const { purposes, uncountedFiles, removedOthers } = stats;
          return (
            <>
              <PurposesTable purposes={purposes} />
              {uncountedFiles > 0 && (
                <p className="ad-note t3 s11">{t('{count} files are not counted yet.', { count: uncountedFiles })}</p>
              )}
              {removedOthers > 0 && (
                <p className="ad-note t3 s11">
                  {t('{count} items without a purpose were removed.', { count: removedOthers })}
                </p>
              )}
            </>
          );
        }}
      </QueryResult>
    </Pane>
  );
}

function PurposesTable({ purposes }: { readonly purposes: readonly Purpose[] }): ReactNode {
  return (
    <table aria-label={t('Purposes')}>
      <colgroup>
        <col />
        <col style={{ width: 84 }} />
        <col style={{ width: 100 }} />
        <col style={{ width: 100 }} />
        <col style={{ width: 92 }} />
      </colgroup>
      <thead>
        <tr>
          <th>{t('Purpose')}</th>
          <th className="num">{t('Kept for')}</th>
          <th className="num">{t('Stored')}</th>
          <th className="num">{t('Removed')}</th>
          <th className="num">{t('Too early')}</th>
        </tr>
      </thead>
      <tbody>
        {purposes.map(({ name, retentionMillis, items, removedItems, removedEarly }) => (
          <tr key={name}>
            <td>
              <bdi>{name}</bdi>
            </td>
            <td className="num t2">{retentionMillis === undefined ? t('no limit') : formatAge(retentionMillis)}</td>
            <td className="num">{formatCount(items)}</td>
            <td className="num t2">{formatCount(removedItems)}</td>
            <td
              className={`num ${removedEarly > 0 ? 'warn' : 't2'}`}
              title={t('removed by limits of size before they were old enough')}
            >
              {formatCount(removedEarly)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
