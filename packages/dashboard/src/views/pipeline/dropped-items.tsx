import type { PipelineGraph } from '@otelier/query';
import type { ReactNode } from 'react';
import { droppedByRule, edgeRates } from '../../data/pipeline-stats.ts';
import { formatCount } from '../../format/number.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Pane } from '../../parts/pane.tsx';
import { itemRate } from './edge-labels.ts';

interface DroppedItem {
  readonly key: string;
  readonly component: string;
  readonly reason: string;
  readonly rule?: string | undefined;
  readonly perSecond: number;
  readonly total: number;
  readonly bad: boolean;
}

/** Items that did not reach their destination, by reason and rule: intentionally dropped, lost or rejected. */
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
              <col style={{ width: '44%' }} />
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
                  <td className={row.bad ? 'err' : 't2'} title={row.rule ?? row.reason}>
                    {row.reason}
                    {row.rule !== undefined && <span className="mono t3"> {row.rule}</span>}
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
  return latest.nodes.flatMap((node) =>
    droppedByRule(latest, before, node.id).map((entry) => ({
      ...entry,
      key: `${node.id} ${entry.reason} ${entry.rule ?? ''}`,
      component: node.component,
      bad: node.kind === 'exporter',
    })),
  );
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
