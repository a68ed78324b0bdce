import type { ReactNode } from 'react';
import { rich, t } from '../../../locale/t.ts';
import type { MapEdge, MapGraph } from '../graph.ts';
import { isFailing } from '../numbers.ts';
import { Ends } from './ends.tsx';
import { Numbers } from './numbers.tsx';
import { NodeName, PanelHead } from './panel-head.tsx';
import { conditionsOf, TraceLinks } from './trace-links.tsx';
import { Trends } from './trends.tsx';

/** What is known of an edge. */
export function EdgePanel({
  edge,
  graph,
  seconds,
  onSelect,
  onSelectEdge,
  onClose,
}: {
  readonly edge: MapEdge;
  readonly graph: MapGraph;
  readonly seconds: number;
  readonly onSelect: (id: string) => void;
  readonly onSelectEdge: (id: string) => void;
  readonly onClose: () => void;
}): ReactNode {
  const isPeer = edge.peerAttribute !== undefined;
  return (
    <aside
      className="pane mp-panel"
      aria-label={t('Calls from {caller} to {called}', { caller: edge.caller, called: edge.called })}
    >
      <PanelHead onClose={onClose}>
        <NodeName node={graph.nodes.get(edge.from)} onSelect={onSelect} />
        <span className="t3">→</span>
        <NodeName node={graph.nodes.get(edge.to)} onSelect={onSelect} />
      </PanelHead>
      <p className="t3 s12 mp-says">
        {isPeer
          ? rich('{kind}, seen from the client spans of {caller}, named by {attribute}', {
              kind: edge.isMessage ? t('Messages') : t('Calls'),
              caller: <bdi>{edge.caller}</bdi>,
              attribute: <span className="mono">{edge.peerAttribute}</span>,
            })
          : t('{kind}, seen from the spans of both services', { kind: edge.isMessage ? t('Messages') : t('Calls') })}
      </p>
      <Numbers of={edge} seconds={seconds} />
      {!isPeer && (
        <>
          <h3 className="bt cut">{rich('All requests of {service}', { service: <bdi>{edge.called}</bdi> })}</h3>
          <Trends key={edge.called} service={edge.called} isFailing={isFailing(edge)} />
        </>
      )}
      <Ends
        title={t('All callers')}
        edges={graph.edges.filter(({ to }) => to === edge.to)}
        end="from"
        graph={graph}
        seconds={seconds}
        selected={edge.id}
        onSelectEdge={onSelectEdge}
      />
      <TraceLinks conditions={conditionsOf(edge)} failing={edge.errors > 0} />
    </aside>
  );
}
