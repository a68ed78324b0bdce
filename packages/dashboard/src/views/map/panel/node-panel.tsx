import type { ReactNode } from 'react';
import { writeCondition } from '../../../data/conditions.ts';
import { t } from '../../../locale/t.ts';
import { ServiceLink } from '../../../parts/links/service-link.tsx';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import type { MapGraph, MapNode } from '../graph.ts';
import { isFailing } from '../numbers.ts';
import { Ends } from './ends.tsx';
import { Numbers } from './numbers.tsx';
import { PanelHead } from './panel-head.tsx';
import { TraceLinks } from './trace-links.tsx';
import { Trends } from './trends.tsx';

/** What is known of a node, with its callers and what it calls. */
export function NodePanel({
  node,
  graph,
  seconds,
  onSelectEdge,
  onClose,
}: {
  readonly node: MapNode;
  readonly graph: MapGraph;
  readonly seconds: number;
  readonly onSelectEdge: (id: string) => void;
  readonly onClose: () => void;
}): ReactNode {
  const callers = graph.edges.filter(({ to }) => to === node.id);
  const called = graph.edges.filter(({ from }) => from === node.id);
  return (
    <aside className="pane mp-panel" aria-label={node.name}>
      <PanelHead onClose={onClose}>
        <ServiceMark service={node.name} hollow={node.isPeer} />
        {node.isPeer ? (
          <bdi className="med cut">{node.name}</bdi>
        ) : (
          <ServiceLink service={node.name} className="med cut">
            <bdi>{node.name}</bdi>
          </ServiceLink>
        )}
      </PanelHead>
      {node.isPeer && <p className="t3 s12 mp-says">{t('Sends no spans, seen from its callers only')}</p>}
      <Numbers of={node} seconds={seconds} />
      {!node.isPeer && <Trends key={node.name} service={node.name} isFailing={isFailing(node)} />}
      <div className="mp-lists">
        <Ends
          title={t('Called by')}
          edges={callers}
          end="from"
          graph={graph}
          seconds={seconds}
          onSelectEdge={onSelectEdge}
        />
        <Ends title={t('Calls')} edges={called} end="to" graph={graph} seconds={seconds} onSelectEdge={onSelectEdge} />
      </div>
      {!node.isPeer && (
        <TraceLinks conditions={[writeCondition('service', '=', node.name)]} failing={node.errors > 0} />
      )}
    </aside>
  );
}
