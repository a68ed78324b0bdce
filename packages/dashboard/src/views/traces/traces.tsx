import { lazy, type ReactNode, Suspense } from 'react';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { t } from '../../locale/t.ts';
import { ColumnPicker } from '../../parts/columns/column-picker.tsx';
import { ConditionBar } from '../../parts/condition-bar.tsx';
import { Icon } from '../../parts/icon.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { useKeys } from '../../shell/keys.ts';
import { PinButton } from '../boards/pin/pin-button.tsx';
import { OpenFile } from './file/open-file.tsx';
import { useFileDrop } from './file/use-file-drop.ts';
import { HitsTable } from './hits-table.tsx';
import { NoTraces } from './no-traces.tsx';
import { Scatter } from './scatter.tsx';
import { TracePanel } from './trace-panel.tsx';
import './traces.css';
import { useTraceHeatmap, useTraces } from './use-traces.ts';

const Compare = lazy(async () => ({ default: (await import('./compare/compare.tsx')).Compare }));

/** The view for searching traces. A selected trace opens below the list. */
export function Traces(): ReactNode {
  const result = useTraces();
  const { trace, compare, a, where = [] } = usePageSearch();
  const drop = useFileDrop();
  const isComparing = compare !== undefined;
  const change = useChangeSearch();
  const { total = 0, totalIsLowerBound, traces = [] } = result.data ?? {};
  const heat = useTraceHeatmap(traces.length > 0 && (total > traces.length || totalIsLowerBound === true));
  const all = total > traces.length || totalIsLowerBound === true ? heat.data : undefined;
  const toggle = (): void => change({ compare: isComparing ? undefined : 'groups', trace: undefined, span: undefined });
  // The first click chooses A, the second one B.
  const choose = (traceId: string): void =>
    change(a === undefined ? { compare: 'two', a: traceId } : { compare: 'two', b: traceId });
  useKeys(t('View'), isComparing ? [] : [{ press: 'c', does: t('compare traces'), hint: t('compare'), run: toggle }]);
  const select = (traceId: string | undefined): void =>
    change({ trace: traceId, span: undefined, find: undefined }, trace === undefined ? 'push' : 'replace');
  return (
    <div {...drop.handlers} className={`tr ${isComparing ? 'comparing' : trace === undefined ? 'wide' : ''}`}>
      <ConditionBar
        label={t('Traces')}
        signal="traces"
        chips={drop.name === undefined ? [] : [{ name: 'file', value: drop.name, onRemove: drop.close }]}
      >
        <PinButton title={t('Requests')} content={{ kind: 'requests', where }} />
        <ColumnPicker signal="traces" />
        <OpenFile drop={drop} />
        <button type="button" className="btn" aria-pressed={isComparing} onClick={toggle}>
          <Icon name="compare" />
          {t('Compare')}
          <kbd>C</kbd>
        </button>
      </ConditionBar>
      <QueryResult result={result} loading={<div className="tr-strip bb" />}>
        {(data) =>
          data.traces.length === 0 ? (
            <div className="bb">
              <NoTraces />
            </div>
          ) : (
            <div className="tr-strip bb">
              <div className="pane br">
                <Scatter
                  result={data}
                  heat={all}
                  selected={trace}
                  onSelect={isComparing ? choose : select}
                  height={trace === undefined ? 200 : 134}
                />
              </div>
              {!isComparing && (
                <div className="pane tr-hits">
                  <HitsTable result={data} selected={trace} onSelect={select} />
                </div>
              )}
            </div>
          )
        }
      </QueryResult>
      {isComparing && (
        <Suspense fallback={<LoadingRows rows={8} />}>
          <Compare slowestNanos={slowest(traces.map(({ durationNanos }) => durationNanos))} />
        </Suspense>
      )}
      {trace !== undefined && !isComparing && (
        <TracePanel key={trace} traceId={trace} onClose={() => select(undefined)} />
      )}
    </div>
  );
}

/** Returns the duration that one in ten exceeds. */
function slowest(durations: readonly number[]): number | undefined {
  return durations.toSorted((a, b) => a - b)[Math.floor(durations.length * 0.9)];
}
