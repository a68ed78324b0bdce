import type { PipelineLedger, PipelineNode } from '@otelier/query';
import { type ReactNode, useRef } from 'react';
import { useApiQuery } from '../../../data/use-api-query.ts';
import { formatWait } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { Pane } from '../../../parts/pane.tsx';
import { ScrollRegion } from '../../../parts/scroll/scroll-region.tsx';
import { Balance, BalanceTag } from '../ledger/balance.tsx';
import { componentSheet, type LedgerLine, type Sheet } from '../ledger/ledger-lines.ts';
import type { Tap } from './use-tap.ts';

const REFETCH_MILLIS = 2000;

/** Three balances since the tap began: the component before the edge, the one after it, and the tap itself. */
export function TapLedgers({
  tap,
  from,
  to,
}: {
  readonly tap: Tap;
  readonly from: PipelineNode | undefined;
  readonly to: PipelineNode | undefined;
}): ReactNode {
  const isOver = tap.phase === 'ended' || tap.phase === 'failed';
  const { data } = useApiQuery<PipelineLedger>({
    path: '/pipeline/ledger',
    tick: tap.sinceMillis,
    refetchMillis: REFETCH_MILLIS,
    staleMillis: 0,
    enabled: !isOver,
    keep: false,
  });
  const first = useRef<PipelineLedger | undefined>(undefined);
  first.current ??= data;
  const elapsed = data === undefined ? 0 : data.atMillis - (first.current?.atMillis ?? data.atMillis);
  const sheetOf = (node: PipelineNode | undefined): Sheet | undefined => {
    const find = (ledger: PipelineLedger | undefined) => ledger?.nodes.find(({ id }) => id === node?.id);
    const now = find(data);
    return now && componentSheet(now, find(first.current), elapsed / 1000);
  };
  return (
    <div className="tp-ledgers bt">
      <Sheets
        title={from?.component ?? ''}
        note={t('before the edge, {wait}', { wait: formatWait(elapsed) })}
        sheet={sheetOf(from)}
      />
      <Sheets title={to?.component ?? ''} note={t('after the edge')} sheet={sheetOf(to)} />
      <Sheets title={t('This tap')} note="" sheet={tapSheet(tap)} />
    </div>
  );
}

function Sheets({
  title,
  note,
  sheet,
}: {
  readonly title: string;
  readonly note: string;
  readonly sheet: Sheet | undefined;
}): ReactNode {
  return (
    <Pane
      title={title}
      note={note}
      className="br"
      actions={sheet !== undefined && <BalanceTag unaccounted={sheet.unaccounted} />}
    >
      <ScrollRegion label={t('Balance of {name}', { name: title })}>
        {sheet !== undefined && <Balance label={t('Balance of {name}', { name: title })} lines={sheet.lines} />}
      </ScrollRegion>
    </Pane>
  );
}

/** Returns the balance of a tap at the last report of the gateway. */
function tapSheet({ balance, sinceMillis }: Tap): Sheet | undefined {
  if (balance === undefined) return undefined;
  const { counts, held, letGo, skipped } = balance;
  const seconds = (balance.atMillis - sinceMillis) / 1000;
  const line = (kind: LedgerLine['kind'], name: string, total: number): LedgerLine => ({
    kind,
    name,
    total,
    perSecond: seconds > 0 ? total / seconds : undefined,
  });
  const left = counts.notTakenItems + counts.uncheckedItems + counts.unmatchedItems + counts.beyondRateItems;
  const unaccounted = counts.seenItems - left - held - letGo - skipped;
  // Four of the parts need a cause that is rarely there.
  const rare = (name: string, total: number): LedgerLine[] => (total === 0 ? [] : [line('part', name, total)]);
  return {
    unaccounted,
    lines: [
      line('in', t('Passed the edge'), counts.seenItems),
      ...rare(t('left out by sampling'), counts.notTakenItems),
      ...rare(t('too many to check'), counts.uncheckedItems),
      line('part', t('did not match the filter'), counts.unmatchedItems),
      ...rare(t('beyond 25 a second'), counts.beyondRateItems),
      line('sum', t('Shown'), counts.shownItems),
      { kind: 'part', name: t('held here'), total: held },
      line('part', t('let go, oldest first'), letGo),
      ...rare(t('page too slow'), skipped),
      { kind: 'end', name: t('Unaccounted'), total: unaccounted },
    ],
  };
}
