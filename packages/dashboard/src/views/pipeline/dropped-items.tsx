import type { PipelineGraph } from '@otelier/query';
import type { ReactNode } from 'react';
import { droppedRates, edgeRates } from '../../data/pipeline-stats.ts';
import { formatCount } from '../../format/number.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Pane } from '../../parts/pane.tsx';
import { itemRate } from './edge-labels.ts';

interface DroppedItem {
  readonly key: string;
  readonly component: string;
  readonly reason: string;
  readonly perSecond: number;
  readonly total: number;
  readonly bad: boolean;
}

/** Items that did not reach their destination, by reason: intentionally dropped, lost or rejected. */
export function DroppedItems({
  latest,
  before,
}: {
  readonly latest: PipelineGraph;
  readonly before: PipelineGraph | undefined;
}): ReactNode {
  const rows = [...drops(latest, before), ...rejections(latest, before)].filter((row) => row.total > 0);
  return (
    <Pane title="Dropped and rejected" note="items" className="br">
      {rows.length === 0 ? (
        <EmptyState tight title="None">
          <p>All received items were forwarded to an exporter.</p>
        </EmptyState>
      ) : (
        <div className="scroll">
          <table>
            <colgroup>
              <col />
              <col style={{ width: 92 }} />
              <col style={{ width: 60 }} />
              <col style={{ width: 88 }} />
            </colgroup>
            <thead>
              <tr>
                <th>Where</th>
                <th>Why</th>
                <th className="num">Per s</th>
                <th className="num">Total</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.key}>
                  <td className="mono">{row.component}</td>
                  <td className={row.bad ? 'err' : 't2'} title={row.reason}>
                    {row.reason}
                  </td>
                  <td className="num">{itemRate(row.perSecond)}</td>
                  <td className="num">{formatCount(row.total)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Pane>
  );
}

function drops(latest: PipelineGraph, before: PipelineGraph | undefined): DroppedItem[] {
  return latest.nodes.flatMap((node) => {
    const rates = new Map(droppedRates(latest, before, node.id).map((one) => [one.reason, one.perSecond]));
    return Object.entries(node.dropped).map(([reason, total]) => ({
      key: `${node.id} ${reason}`,
      component: node.component,
      reason,
      perSecond: rates.get(reason) ?? 0,
      total,
      bad: node.kind === 'exporter',
    }));
  });
}

function rejections(latest: PipelineGraph, before: PipelineGraph | undefined): DroppedItem[] {
  const rates = edgeRates(latest, before);
  const names = new Map(latest.nodes.map((node) => [node.id, node.component]));
  return latest.edges.map((edge) => ({
    key: edge.id,
    component: names.get(edge.to) ?? edge.to,
    reason: `refused ${edge.signal}`,
    perSecond: rates.get(edge.id)?.refusedPerSecond ?? 0,
    total: edge.refusedItems,
    bad: true,
  }));
}
