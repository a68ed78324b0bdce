import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { timeOf } from '../../data/search.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { plural } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { listedCauses } from '../errors/aside/aside.ts';
import { useKnownAsides } from '../errors/aside/use-asides.ts';
import { CauseLink } from '../errors/cause-link.tsx';
import { useCauses, useIsNew } from '../errors/use-causes.ts';

const SHOWN = 5;

/** The causes of errors whose path contains a service. */
export function ServiceErrors({ service }: { readonly service: string }): ReactNode {
  const result = useCauses(service);
  const isNew = useIsNew();
  const time = timeOf(usePageSearch());
  const causes = listedCauses(result.data?.causes ?? [], useKnownAsides());
  const aside = (result.data?.causes.length ?? 0) - causes.length;
  const total = result.data && result.data.total - aside;
  return (
    <Pane
      title={t('Errors by cause')}
      note={total === undefined ? undefined : plural(total, 'cause')}
      className="bb"
      actions={
        <Link className="push s12 nowrap" to="/errors" search={{ ...time, service }}>
          {t('Open in Errors')}
        </Link>
      }
    >
      <QueryResult result={result}>
        {() =>
          causes.length === 0 ? (
            <EmptyState
              tight
              title={
                aside > 0
                  ? t('{causes} set aside, no others', { causes: plural(aside, 'cause') })
                  : t('No errors in this range')
              }
            />
          ) : (
            <ul>
              {causes.slice(0, SHOWN).map((cause) => (
                <li key={cause.fingerprint}>
                  <CauseLink cause={cause} isNew={isNew(cause)} service={service} />
                </li>
              ))}
            </ul>
          )
        }
      </QueryResult>
    </Pane>
  );
}
