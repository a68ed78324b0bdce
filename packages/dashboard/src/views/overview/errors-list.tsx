import { Link } from '@tanstack/react-router';
import { type ReactNode, useMemo } from 'react';
import { timeOf } from '../../data/search.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { plural } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { listedCauses } from '../errors/aside/aside.ts';
import { useKnownAsides } from '../errors/aside/use-asides.ts';
import { CauseLink } from '../errors/cause-link.tsx';
import { compareCauses, useCauses, useIsNew } from '../errors/use-causes.ts';

const SHOWN = 50;
/** Longer than in the view of errors, because the overview stays open, and other queries here read less. */
const REFRESH_MILLIS = 15_000;

/** Errors by root cause. Those that are new in the range are listed first, those that a caller handled last. */
export function ErrorsList({ service }: { readonly service: string | undefined }): ReactNode {
  const result = useCauses(service, { batch: true, refreshMillis: REFRESH_MILLIS });
  const isNew = useIsNew();
  const time = timeOf(usePageSearch());
  const asides = useKnownAsides(true);
  const listed = useMemo(() => listedCauses(result.data?.causes ?? [], asides), [result.data, asides]);
  const causes = useMemo(() => listed.toSorted(compareCauses('new', isNew)).slice(0, SHOWN), [listed, isNew]);
  const aside = (result.data?.causes.length ?? 0) - listed.length;
  const total = result.data && result.data.total - aside;
  return (
    <Pane
      title={t('Recent errors')}
      note={
        total === undefined
          ? undefined
          : causes.some(isNew)
            ? t('{causes}, new ones first', { causes: plural(total, 'cause') })
            : plural(total, 'cause')
      }
      actions={
        <Link className="push s12 nowrap" to="/errors" search={{ ...time, service }}>
          {t('Open in Errors')}
        </Link>
      }
    >
      <ul className="scroll">
        <QueryResult result={result} loading={<LoadingRows height={67} rows={6} />}>
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
              causes.map((cause) => (
                <li key={cause.fingerprint}>
                  <CauseLink cause={cause} isNew={isNew(cause)} service={service} />
                </li>
              ))
            )
          }
        </QueryResult>
      </ul>
    </Pane>
  );
}
