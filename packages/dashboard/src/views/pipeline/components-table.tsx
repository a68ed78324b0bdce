import type { PipelineGraph, PipelineNode, ProcessHistory } from '@otelier/query';
import { type ReactNode, useMemo } from 'react';
import { SparkLine } from '../../charts/spark/spark.tsx';
import { type EdgeRate, edgeRates, queueShare } from '../../data/pipeline/pipeline-stats.ts';
import { useApiQuery } from '../../data/use-api-query.ts';
import { formatCount, formatNumber, formatPercent } from '../../format/number.ts';
import { formatDuration } from '../../format/quantity.ts';
import { t } from '../../locale/t.ts';
import { SendersLink } from '../../parts/links/senders-link.tsx';
import { Pane } from '../../parts/pane.tsx';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';
import { itemRate } from './edge-labels.ts';

/** The statistics of every component, in flow order. */
export function ComponentsTable({
  latest,
  before,
}: {
  readonly latest: PipelineGraph;
  readonly before: PipelineGraph | undefined;
}): ReactNode {
  const rows = useMemo(() => rowsOf(latest, before), [latest, before]);
  const queues = useQueues();
  return (
    <Pane
      title={t('Components')}
      note={t('per second, and since the start')}
      className="br"
      actions={<SendersLink className="push" />}
    >
      <ScrollRegion label={t('Components')}>
        <table>
          <colgroup>
            <col />
            <col style={{ width: 60 }} />
            {[64, 64, 88, 108, 72].map((width, index) => (
              <col key={index} style={{ width }} />
            ))}
          </colgroup>
          <thead>
            <tr>
              <th>{t('Component')}</th>
              <th>{t('Signal')}</th>
              <th className="num">{t('In /s')}</th>
              <th className="num">{t('Out /s')}</th>
              <th className="num">{t('Dropped')}</th>
              <th className="num">{t('Queue, last hour')}</th>
              <th className="num">{t('Per batch')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.node.id}>
                <td>
                  <span className="row">
                    <span className="mono cut">{row.node.component}</span>
                    <span className="t3 s11">{row.node.kind}</span>
                  </span>
                </td>
                <td className="t2">{row.node.signal ?? t('all')}</td>
                <td className="num">{row.node.kind === 'receiver' ? '' : itemRate(row.inPerSecond)}</td>
                <td className="num">{row.node.kind === 'exporter' ? '' : itemRate(row.outPerSecond)}</td>
                <td className={`num ${row.dropped === 0 ? 't3' : 'err'}`} title={formatCount(row.dropped)}>
                  {row.dropped < 1e6 ? formatCount(row.dropped) : formatNumber(row.dropped)}
                </td>
                <td className="num">
                  {row.queue !== undefined && (
                    <span className="row pi-queue">
                      <SparkLine values={queues.get(row.node.component) ?? []} width={44} height={16} max={1} />
                      {formatPercent(row.queue, 1)} %
                    </span>
                  )}
                </td>
                <td className="num t2">
                  {row.transferMicros === undefined ? '' : formatDuration(row.transferMicros * 1000)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </Pane>
  );
}

/** Returns the fill levels of the queues over the last hour, by exporter, as the gateway kept them. */
function useQueues(): ReadonlyMap<string, readonly (number | null)[]> {
  const { data } = useApiQuery<ProcessHistory>({
    path: '/process/history',
    params: { steps: QUEUE_STEPS },
    refetchMillis: QUEUE_MILLIS,
  });
  return useMemo(() => new Map(data?.queues.map(({ name, values }) => [name, values])), [data]);
}

const QUEUE_STEPS = 40;
const QUEUE_MILLIS = 15_000;

interface Row {
  readonly node: PipelineNode;
  readonly inPerSecond: number;
  readonly outPerSecond: number;
  readonly dropped: number;
  readonly queue: number | undefined;
  /** Mean time of a `consume` call. */
  readonly transferMicros: number | undefined;
}

const ORDER: readonly PipelineNode['kind'][] = ['receiver', 'processor', 'connector', 'exporter'];

function rowsOf(latest: PipelineGraph, before: PipelineGraph | undefined): readonly Row[] {
  const rates = edgeRates(latest, before);
  const sum = (edges: readonly { readonly id: string }[], of: (rate: EdgeRate) => number): number =>
    edges.reduce((total, { id }) => total + of(rates.get(id) ?? NONE), 0);
  return [...latest.nodes]
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
    .map((node) => {
      const incoming = latest.edges.filter((edge) => edge.to === node.id);
      const outgoing = latest.edges.filter((edge) => edge.from === node.id);
      const batches = sum(incoming, (rate) => rate.batchesPerSecond);
      return {
        node,
        inPerSecond: sum(incoming, (rate) => rate.itemsPerSecond),
        // All branches of a pipeline share each batch, which left the component only once.
        outPerSecond: [...Map.groupBy(outgoing, (edge) => edge.pipeline).values()].reduce(
          (total, branches) => total + Math.max(...branches.map(({ id }) => rates.get(id)?.itemsPerSecond ?? 0)),
          0,
        ),
        dropped: Object.values(node.dropped).reduce((total, count) => total + count, 0),
        queue: queueShare(node),
        transferMicros:
          batches > 0
            ? sum(incoming, (rate) => (rate.transferMicros ?? 0) * rate.batchesPerSecond) / batches
            : undefined,
      };
    });
}

const NONE: EdgeRate = {
  itemsPerSecond: 0,
  bytesPerSecond: 0,
  batchesPerSecond: 0,
  refusedPerSecond: 0,
  transferMicros: undefined,
};
