import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { serviceNode, timeOf } from '../../data/search.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import '../map/map.css';
import { Ends } from '../map/panel/ends.tsx';
import { useCoveredSeconds } from '../overview/use-overview.ts';
import { useCalls } from './use-service.ts';

/** The callers of a service and what it calls. Each leads to the call on the map. */
export function Dependencies({ service }: { readonly service: string }): ReactNode {
  const { graph, ...result } = useCalls();
  const seconds = useCoveredSeconds();
  const time = timeOf(usePageSearch());
  const navigate = useNavigate();
  const node = serviceNode(service);
  const open = (edge: string): void => void navigate({ to: '/map', search: { ...time, node, edge } } as never);
  return (
    <Pane
      title={t('Dependencies')}
      className="br"
      actions={
        <Link className="push s12 nowrap" to="/map" search={{ ...time, node }}>
          {t('Open in Map')}
        </Link>
      }
    >
      <QueryResult result={result}>
        {({ sampling }) => {
          if (graph === undefined) return <LoadingRows rows={4} />;
          const shared = { graph, seconds, onSelectEdge: open };
          const callers = graph.edges.filter(({ to }) => to === node);
          const called = graph.edges.filter(({ from }) => from === node);
          if (callers.length + called.length === 0)
            return (
              <EmptyState tight title={t('No calls in this range')}>
                <p>{t('Calls are known from spans whose parent is of another service, and from client spans.')}</p>
              </EmptyState>
            );
          return (
            <>
              <Ends title={t('Called by')} edges={callers} end="from" {...shared} />
              <Ends title={t('Calls')} edges={called} end="to" {...shared} />
              {sampling > 1 && <p className="t3 s11 sv-note">{t('From one in {sampling} traces.', { sampling })}</p>}
            </>
          );
        }}
      </QueryResult>
    </Pane>
  );
}
