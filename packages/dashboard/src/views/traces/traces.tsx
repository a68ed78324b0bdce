import type { ReactNode } from 'react';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { useSuggestions } from '../../data/use-suggestions.ts';
import { ConditionBar } from '../../parts/condition-bar.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { HitsTable } from './hits-table.tsx';
import { NoTraces } from './no-traces.tsx';
import { Scatter } from './scatter.tsx';
import { TracePanel } from './trace-panel.tsx';
import './traces.css';
import { useTraces } from './use-traces.ts';

/** The view for searching traces. A selected trace opens below the list. */
export function Traces(): ReactNode {
  const result = useTraces();
  const { trace } = usePageSearch();
  const change = useChangeSearch();
  const suggest = useSuggestions('traces');
  const select = (traceId: string | undefined): void =>
    change({ trace: traceId, span: undefined, find: undefined }, trace === undefined ? 'push' : 'replace');
  return (
    <div className={`tr ${trace === undefined ? 'wide' : ''}`}>
      <ConditionBar label="Traces" suggest={suggest} />
      <QueryResult result={result} loading={<div className="tr-strip bb" />}>
        {(data) =>
          data.traces.length === 0 ? (
            <div className="bb">
              <NoTraces />
            </div>
          ) : (
            <div className="tr-strip bb">
              <div className="pane br">
                <Scatter result={data} selected={trace} onSelect={select} height={trace === undefined ? 200 : 134} />
              </div>
              <div className="pane tr-hits">
                <HitsTable result={data} selected={trace} onSelect={select} />
              </div>
            </div>
          )
        }
      </QueryResult>
      {trace !== undefined && <TracePanel key={trace} traceId={trace} onClose={() => select(undefined)} />}
    </div>
  );
}
