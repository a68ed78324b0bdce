import { lazy, type ReactNode, Suspense } from 'react';
import { useChangeSearch, usePageSearch } from '../../../data/use-search.ts';
import { t } from '../../../locale/t.ts';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { LoadingRows } from '../../../parts/loading.tsx';
import { QueryResult } from '../../../parts/query-result.tsx';
import { useKeys } from '../../../shell/keys.ts';
import './compare.css';
import { Differences } from './differences.tsx';
import { hasSelection, useComparison } from './selection.ts';

const TwoTraces = lazy(async () => ({ default: (await import('../two/two-traces.tsx')).TwoTraces }));

/** Compares a selection of traces with the rest, or two traces. */
export function Compare({ slowestNanos }: { readonly slowestNanos: number | undefined }): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const isTwo = search.compare === 'two';
  const end = (): void =>
    change({ compare: undefined, box: undefined, select: undefined, baseline: undefined, a: undefined, b: undefined });
  useKeys(t('Compare'), [
    { press: 'Escape', does: t('end the comparison'), hint: t('end compare'), run: end },
    {
      press: 'c',
      does: isTwo ? t('compare the selection and the rest') : t('compare two traces'),
      hint: isTwo ? t('groups') : t('two traces'),
      run: () => change({ compare: isTwo ? 'groups' : 'two' }),
    },
  ]);
  return (
    <section className="pane co" aria-label={t('Compare')}>
      <div className="co-tabs bb">
        <div className="row" role="tablist" aria-label={t('Comparison')}>
          <Tab name={t('Selection and rest')} on={!isTwo} onSelect={() => change({ compare: 'groups' })} />
          <Tab name={t('Two traces')} on={isTwo} onSelect={() => change({ compare: 'two' })} />
        </div>
        {!isTwo && <Baseline />}
        <button type="button" className="btn small bare" onClick={end}>
          {t('End')}
          <kbd>Esc</kbd>
        </button>
      </div>
      {isTwo ? (
        <Suspense fallback={<LoadingRows rows={12} height={20} />}>
          <TwoTraces />
        </Suspense>
      ) : hasSelection(search) ? (
        <Groups />
      ) : (
        <Choose slowestNanos={slowestNanos} />
      )}
    </section>
  );
}

function Tab({
  name,
  on,
  onSelect,
}: {
  readonly name: string;
  readonly on: boolean;
  readonly onSelect: () => void;
}): ReactNode {
  return (
    <button type="button" role="tab" aria-selected={on} onClick={onSelect}>
      {name}
    </button>
  );
}

function Baseline(): ReactNode {
  const { baseline } = usePageSearch();
  const change = useChangeSearch();
  const isBefore = baseline === 'before';
  const toggle = (): void => change({ baseline: isBefore ? undefined : 'before' });
  useKeys(t('Compare'), [{ press: 'b', does: t('change the baseline'), run: toggle }]);
  return (
    <span className="push row s12">
      <span className="t3">{t('Baseline')}</span>
      <button type="button" className="btn small" aria-pressed={isBefore} onClick={toggle}>
        {isBefore ? t('Before the selection') : t('The rest')}
      </button>
    </span>
  );
}

function Groups(): ReactNode {
  const result = useComparison();
  return (
    <QueryResult result={result} loading={<LoadingRows rows={12} height={28} />}>
      {(data) =>
        data.selected.total === 0 || data.baseline.total === 0 ? (
          <EmptyState
            title={data.selected.total === 0 ? t('The selection is empty') : t('There is nothing to compare with')}
          >
            <p>
              {data.selected.total === 0
                ? t('No trace that matches the conditions is in the selection.')
                : t('All traces that match the conditions are selected, or none started before the selection.')}
            </p>
          </EmptyState>
        ) : (
          <Differences data={data} />
        )
      }
    </QueryResult>
  );
}

/** Offers selections, which also the keyboard can make. */
function Choose({ slowestNanos }: { readonly slowestNanos: number | undefined }): ReactNode {
  const change = useChangeSearch();
  return (
    <EmptyState
      title={t('Select the traces to explain')}
      actions={
        <>
          <button type="button" className="btn small" onClick={() => change({ select: ['status = error'] })}>
            {t('Select failed traces')}
          </button>
          {slowestNanos !== undefined && (
            <button
              type="button"
              className="btn small"
              onClick={() => change({ select: [`duration > ${Math.round(slowestNanos / 1e3)}us`] })}
            >
              {t('Select traces with slow spans')}
            </button>
          )}
        </>
      }
    >
      <p>{t('Drag a box over the points above. It is compared with all other traces that match the conditions.')}</p>
    </EmptyState>
  );
}
