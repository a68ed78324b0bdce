import type { LogHistogramResponse } from '@otelier/query';
import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { useApiQuery } from '../../data/use-api-query.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { t } from '../../locale/t.ts';
import { ConditionBar } from '../../parts/condition-bar.tsx';
import { Icon } from '../../parts/icon.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { useKeys } from '../../shell/keys.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import { PinButton } from '../boards/pin/pin-button.tsx';
import { Facets } from './facets/facets.tsx';
import { FieldPane } from './fields/field-pane.tsx';
import { HISTOGRAM_HEIGHT, LogHistogram } from './log-histogram.tsx';
import { LogPane } from './log-pane.tsx';
import { useLogTab } from './log-tabs.tsx';
import './logs.css';
import { PatternPane } from './patterns/pattern-pane.tsx';
import { useLogFilter } from './use-log-filter.ts';

/** The view for searching and tailing log records. */
export function Logs(): ReactNode {
  const { startMillis, endMillis, nowMillis, steps } = usePageWindow();
  const { trace, span, at, where = [], text = '' } = usePageSearch();
  const change = useChangeSearch();
  const filter = useLogFilter();
  const histogram = useApiQuery<LogHistogramResponse>({
    path: '/logs/histogram',
    params: { ...filter, start: startMillis, end: endMillis, steps: steps * 2 },
    tick: nowMillis,
  });
  const tab = useLogTab();
  const [showsFacets, setShowsFacets] = useState(false);
  useKeys(
    t('Fields'),
    showsFacets ? [{ press: 'Escape', does: t('close'), run: () => setShowsFacets(false) }] : [],
    'detail',
  );
  const [heldMillis, setHeld] = useState<number | undefined>(undefined);
  const onHold = useCallback((held: boolean) => setHeld((before) => (held ? (before ?? Date.now()) : undefined)), []);
  useEffect(() => {
    if (at !== undefined) setHeld(undefined);
  }, [at]);
  const idChips = [
    ...(trace === undefined
      ? []
      : [
          {
            name: 'trace =',
            value: `${trace.slice(0, 12)}…`,
            onRemove: () => change({ trace: undefined, span: undefined }),
          },
        ]),
    ...(trace === undefined || span === undefined
      ? []
      : [{ name: 'span =', value: span, onRemove: () => change({ span: undefined }) }]),
  ];
  return (
    <div className={`lo ${showsFacets ? 'with-facets' : ''}`}>
      <ConditionBar label={t('Logs')} signal="logs" chips={idChips}>
        <button
          type="button"
          className="btn narrow-only"
          aria-expanded={showsFacets}
          onClick={() => setShowsFacets(!showsFacets)}
        >
          <Icon name="filter" />
          {t('Fields')}
        </button>
        <PinButton title={t('Log records')} content={{ kind: 'logs', where, text }} />
      </ConditionBar>
      <section className="pane lo-hist bb" aria-label={t('Records over time')}>
        <QueryResult result={histogram} tight loading={<div style={{ height: HISTOGRAM_HEIGHT }} />}>
          {(data) => <LogHistogram histogram={data} heldMillis={heldMillis} />}
        </QueryResult>
      </section>
      <Facets histogram={histogram.data} />
      {tab === 'patterns' ? (
        <PatternPane total={histogram.data?.total} />
      ) : tab === 'fields' ? (
        <FieldPane total={histogram.data?.total} />
      ) : (
        <LogPane total={histogram.data?.total} heldMillis={heldMillis} onHold={onHold} />
      )}
    </div>
  );
}
