import type { PipelineGraph, TappedItem } from '@otelier/query';
import { type ReactNode, useMemo, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../../../data/use-search.ts';
import { formatWait } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { CopyButton } from '../../../parts/copy-button.tsx';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { Icon } from '../../../parts/icon.tsx';
import { useKeys } from '../../../shell/keys.ts';
import { useLive } from '../../../shell/use-live.ts';
import { type DrawnEdge, drawnGraph } from '../drawn-graph.ts';
import type { EdgeUnit } from '../edge-labels.ts';
import { PipelineGraphView } from '../graph-view.tsx';
import { PipelineTabs } from '../pipeline-tabs.tsx';
import { NO_TAP } from './no-tap.ts';
import { TapFilter } from './tap-filter.tsx';
import { TapItem } from './tap-item.tsx';
import { TapItems } from './tap-items.tsx';
import { TapLedgers } from './tap-ledgers.tsx';
import './tap.css';
import { TAP_MILLIS, type Tap, useTap } from './use-tap.ts';

/** An edge under observation: its items, what the component before it changed in them, and their balance. */
export function TapView({
  latest,
  before,
  unit,
}: {
  readonly latest: PipelineGraph;
  readonly before: PipelineGraph | undefined;
  readonly unit: EdgeUnit;
}): ReactNode {
  const { tap: id } = usePageSearch();
  const change = useChangeSearch();
  const line = useMemo(() => drawnGraph(latest).edges.find((one) => one.id === id), [latest, id]);
  const close = (): void => change({ ...NO_TAP, edge: id }, 'replace');
  if (line === undefined) {
    return (
      <div className="pi tp">
        <div className="pi-bar bb">
          <PipelineTabs />
        </div>
        <EmptyState
          title={t('This edge does not exist')}
          actions={
            <button type="button" className="btn" onClick={close}>
              {t('Show the graph')}
            </button>
          }
        >
          <p>{t('The configuration may have been reloaded since. Every edge of the graph can be tapped.')}</p>
        </EmptyState>
      </div>
    );
  }
  return <RunningTap key={id} line={line} latest={latest} before={before} unit={unit} onClose={close} />;
}

function RunningTap({
  line,
  latest,
  before,
  unit,
  onClose,
}: {
  readonly line: DrawnEdge;
  readonly latest: PipelineGraph;
  readonly before: PipelineGraph | undefined;
  readonly unit: EdgeUnit;
  readonly onClose: () => void;
}): ReactNode {
  const { filter, take, values } = usePageSearch();
  const { live } = useLive();
  const edges = line.edges.map((edge) => edge.id);
  const tap = useTap({
    edge: edges,
    where: filter,
    every: take,
    masked: values === 'plain' ? 'false' : undefined,
  });
  const [held, setHeld] = useState(false);
  const moves = live && !held;
  const shown = useFrozen(tap, moves);
  const [index, setIndex] = useState<number | undefined>(undefined);
  const selected = shown.items.find((item) => item.index === index) ?? shown.items[0];
  const [from, to] = [line.edges[0]?.from, line.edges[0]?.to].map((end) => latest.nodes.find(({ id }) => id === end));
  const waiting = (tap.items[0]?.index ?? -1) - (shown.items[0]?.index ?? -1);
  useKeys(t('View'), [{ press: 'Escape', does: t('stop the tap'), hint: t('stop the tap'), run: onClose }]);
  return (
    <div className="pi tp">
      <div className="pi-bar bb">
        <PipelineTabs tapped />
        <span className="t3 s12 cut">{t('a tap changes nothing on the way')}</span>
        <span className="push row">
          <CopyButton text={commandOf(edges, filter)} label={t('Copy the command for a terminal')}>
            {t('Copy command')}
          </CopyButton>
          <StopButton tap={tap} />
        </span>
      </div>
      <PipelineGraphView latest={latest} before={before} unit={unit} row={line.row} tapped={line.id} />
      <TapFilter tap={tap} component={from?.component ?? ''} isCompared={from?.kind === 'processor'} />
      <TapItems
        tap={shown}
        from={from?.component ?? ''}
        to={to?.component ?? ''}
        waiting={moves ? 0 : waiting}
        selected={selected}
        onSelect={setIndex}
        onHeld={setHeld}
      />
      <TapItem item={selected} from={from} line={line} latest={latest} before={before} />
      <TapLedgers key={`${tap.sinceMillis}`} tap={tap} from={from} to={to} />
    </div>
  );
}

function StopButton({ tap }: { readonly tap: Tap }): ReactNode {
  const isOver = tap.phase === 'ended' || tap.phase === 'failed';
  return isOver ? (
    <button type="button" className="btn" onClick={tap.reopen}>
      <Icon name="play" />
      {t('Start again')}
    </button>
  ) : (
    <button type="button" className="btn" onClick={tap.stop} title={t('It stops by itself after ten minutes.')}>
      {t('Stop')}
      <span className="t3">{formatWait(Math.min(TAP_MILLIS, tap.sinceMillis + TAP_MILLIS - performance.now()))}</span>
    </button>
  );
}

/** Keeps the picture while the page is paused or the list is in use. The tap itself goes on. */
function useFrozen(tap: Tap, moves: boolean): { readonly items: readonly TappedItem[]; readonly phase: Tap['phase'] } {
  const [kept, setKept] = useState(tap);
  const isNew = kept.sinceMillis !== tap.sinceMillis;
  if (kept !== tap && (moves || isNew || kept.items.length === 0) && kept.items !== tap.items) setKept(tap);
  return moves || isNew ? tap : { items: kept.items, phase: tap.phase };
}

function commandOf(edges: readonly string[], filter: string | undefined): string {
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  return `otelier tap ${quote(edges[0] ?? '')}${filter === undefined ? '' : ` --where ${quote(filter)}`}`;
}
