import type { PipelineGraph } from '@otelier/query';
import type { ReactNode } from 'react';
import { droppedByRule, edgeRates, receivedTotals, sentRate } from '../../../data/pipeline/pipeline-stats.ts';
import { t } from '../../../locale/t.ts';
import { Pane } from '../../../parts/pane.tsx';
import { ScrollRegion } from '../../../parts/scroll/scroll-region.tsx';
import { Balance, BalanceTag } from './balance.tsx';
import type { LedgerLine } from './ledger-lines.ts';

/** Where received items went since the start: dropped by component, reason and rule, held, and delivered. */
export function LedgerPane({
  latest,
  before,
}: {
  readonly latest: PipelineGraph;
  readonly before: PipelineGraph | undefined;
}): ReactNode {
  const unaccounted = latest.nodes.reduce((sum, { ledger }) => sum + Math.abs(ledger?.differenceItems ?? 0), 0);
  return (
    <Pane
      title={t('Ledger')}
      note={t('since the start')}
      className="br"
      actions={<BalanceTag unaccounted={unaccounted} />}
    >
      <ScrollRegion label={t('Ledger')}>
        <Balance label={t('Ledger')} lines={linesOf(latest, before, unaccounted)} />
      </ScrollRegion>
    </Pane>
  );
}

function linesOf(latest: PipelineGraph, before: PipelineGraph | undefined, unaccounted: number): readonly LedgerLine[] {
  const seconds = before === undefined ? 0 : (latest.atMillis - before.atMillis) / 1000;
  const received = (graph: PipelineGraph): number =>
    Object.values(receivedTotals(graph).items).reduce((sum, items) => sum + items, 0);
  const perSecond = (now: number, earlier: number | undefined): number =>
    seconds > 0 && earlier !== undefined ? Math.max(0, now - earlier) / seconds : 0;
  const total = received(latest);
  const rates = edgeRates(latest, before);
  const refused = latest.edges.reduce((sum, { refusedItems }) => sum + refusedItems, 0);
  const refusedRate = [...rates.values()].reduce((sum, rate) => sum + rate.refusedPerSecond, 0);
  const held = latest.nodes.reduce((sum, { ledger }) => sum + (ledger?.heldItems ?? 0) + (ledger?.insideItems ?? 0), 0);
  const drops = latest.nodes.flatMap(({ id, component, kind }) =>
    droppedByRule(latest, before, id).map(
      ({ reason, rule, ...counts }): LedgerLine => ({
        kind: 'part',
        name: `${reason.replaceAll('_', ' ')}, ${component}`,
        detail: rule,
        isBad: kind === 'exporter',
        ...counts,
      }),
    ),
  );
  const delivered = deliveries(latest, before);
  return [
    { kind: 'in', name: t('Received'), total, perSecond: perSecond(total, before && received(before)) },
    ...joined(drops.filter((line) => line.total > 0)),
    { kind: 'part', name: t('refused'), total: refused, perSecond: refusedRate, isBad: true },
    { kind: 'part', name: t('held now'), total: held },
    {
      kind: 'sum',
      name: t('Delivered'),
      total: delivered.reduce((sum, line) => sum + line.total, 0),
      perSecond: delivered.reduce((sum, line) => sum + (line.perSecond ?? 0), 0),
    },
    ...delivered,
    { kind: 'end', name: t('Unaccounted'), total: unaccounted },
  ];
}

/** Joins the lines of components of several signals with the same name, reason and rule. */
function joined(lines: readonly LedgerLine[]): readonly LedgerLine[] {
  const groups = Map.groupBy(lines, ({ name, detail }) => JSON.stringify([name, detail]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const sum = (of: (line: LedgerLine) => number): number => group.reduce((all, line) => all + of(line), 0);
    return [{ ...first, total: sum(({ total }) => total), perSecond: sum((line) => line.perSecond ?? 0) }];
  });
}

/** Returns what each exporter delivered, over all signals. */
function deliveries(latest: PipelineGraph, before: PipelineGraph | undefined): readonly LedgerLine[] {
  const rates = edgeRates(latest, before);
  const exporters = Map.groupBy(
    latest.nodes.filter(({ kind }) => kind === 'exporter'),
    ({ component }) => component,
  );
  return [...exporters].map(([name, nodes]) => {
    const ids = nodes.map(({ id }) => id);
    const edges = latest.edges.filter(({ to }) => ids.includes(to));
    const total = nodes.reduce((sum, { ledger, sentItems }) => sum + (ledger?.deliveredItems ?? sentItems ?? 0), 0);
    const isCounted = nodes.some(({ ledger, sentItems }) => ledger !== undefined || sentItems !== undefined);
    return {
      kind: 'part',
      name,
      total: isCounted ? total : edges.reduce((sum, { items }) => sum + items, 0),
      perSecond:
        sentRate(latest, before, ids) ?? edges.reduce((sum, { id }) => sum + (rates.get(id)?.itemsPerSecond ?? 0), 0),
    };
  });
}
