import type { ReactNode } from 'react';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { useSuggestions } from '../../data/use-suggestions.ts';
import { Answered } from '../../parts/answered.tsx';
import { ConditionBar } from '../../parts/condition-bar.tsx';
import { HitsTable } from './hits-table.tsx';
import { NoTraces } from './no-traces.tsx';
import { Scatter } from './scatter.tsx';
import { TracePanel } from './trace-panel.tsx';
import './traces.css';
import { useTraces } from './use-traces.ts';

/** Searches traces and looks into one; choosing one never leaves the view. */
export function Traces(): ReactNode {
  const answer = useTraces();
  const { trace } = usePageSearch();
  const change = useChangeSearch();
  const suggest = useSuggestions('traces');
  const select = (traceId: string | undefined): void =>
    change({ trace: traceId, span: undefined, find: undefined }, trace === undefined ? 'push' : 'replace');
  return (
    <div className={`tr ${trace === undefined ? 'wide' : ''}`}>
      <ConditionBar label="Traces" suggest={suggest} />
      <div className="tr-strip bb">
        <div className="pane br">
          <Answered answer={answer} tight loading={<div />}>
            {(data) => (
              <Scatter answer={data} selected={trace} onSelect={select} height={trace === undefined ? 200 : 134} />
            )}
          </Answered>
        </div>
        <div className="pane tr-hits">
          <Answered answer={answer}>
            {(data) =>
              data.traces.length === 0 ? <NoTraces /> : <HitsTable answer={data} selected={trace} onSelect={select} />
            }
          </Answered>
        </div>
      </div>
      {trace !== undefined && <TracePanel key={trace} traceId={trace} onClose={() => select(undefined)} />}
    </div>
  );
}
