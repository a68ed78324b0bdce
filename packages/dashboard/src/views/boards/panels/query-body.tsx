import { type ReactNode, useMemo, useState } from 'react';
import { plural } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { Failure } from '../../../parts/failure.tsx';
import { LoadingRows } from '../../../parts/loading.tsx';
import type { QueryResultData } from '../../../query/result.ts';
import { shownExemplars } from '../../../series/exemplars.ts';
import { HeatChart } from '../../../series/heat-chart.tsx';
import { earlierLines, type SeriesLine } from '../../../series/series.ts';
import { SeriesChart } from '../../../series/series-chart.tsx';
import type { LineShape } from '../../../series/stack.ts';
import { usePageWindow } from '../../../time/page-window.tsx';
import { LogLines } from '../../query/results/log-lines.tsx';
import { ResultTable } from '../../query/results/result-table.tsx';
import { tableOf } from '../../query/results/table-of.ts';
import { TraceTable } from '../../query/results/trace-table.tsx';
import type { QueryPanel } from '../model/board.ts';
import { formatOfUnit } from '../model/unit.ts';
import { useBoardContext, useQueryVariables } from './board-context.ts';
import { Gauges, Stats } from './numbers.tsx';
import { PanelLegend } from './panel-legend.tsx';
import { type PanelSeries, panelSeries, panelValues } from './panel-series.ts';
import { panelTable } from './panel-table.ts';
import { type PanelRun, usePanelRun } from './use-panel-run.ts';

const MIN_CHART = 60;

/** The result of a panel's queries in its shape. */
export function QueryBody({ panel, title }: { readonly panel: QueryPanel; readonly title: string }): ReactNode {
  const { ready, shiftMillis } = useBoardContext();
  const variables = useQueryVariables(panel.language);
  const run = usePanelRun(panel, variables, 0, ready);
  const hasLines = panel.shape === 'lines' || panel.shape === 'stacked' || panel.shape === 'bars';
  const before = usePanelRun(panel, variables, shiftMillis, ready && shiftMillis > 0 && hasLines);
  if (panel.queries.every(({ text }) => text.trim() === '')) {
    return (
      <EmptyState tight title={t('No query')}>
        <p>{t('Edit the panel to write one.')}</p>
      </EmptyState>
    );
  }
  if (run.failure !== undefined) return <Failure failure={run.failure} retry={run.retry} tight />;
  if (run.data === undefined) return <LoadingRows rows={3} />;
  return <Drawn panel={panel} title={title} data={run.data} before={shiftMillis > 0 ? before.data : undefined} />;
}

function Drawn({
  panel,
  title,
  data: { results, window },
  before,
}: {
  readonly panel: QueryPanel;
  readonly title: string;
  readonly data: NonNullable<PanelRun['data']>;
  readonly before: PanelRun['data'];
}): ReactNode {
  const { queries, reduce, thresholds, max, overrides } = panel;
  const format = useMemo(() => formatOfUnit(panel.unit), [panel.unit]);
  const [first] = results;
  if (first === undefined || results.every(isEmpty)) {
    return (
      <EmptyState tight title={t('Nothing in this range')}>
        <p>{t('The query is valid, and nothing matches. Try a longer range or another value of a variable.')}</p>
      </EmptyState>
    );
  }
  if (first.kind === 'logs') return <LogLines entries={first.entries} />;
  if (first.kind === 'traces') {
    return panel.shape === 'table' ? (
      <ResultTable table={tableOf(first)} ownSort />
    ) : (
      <TraceTable traces={first.traces} />
    );
  }
  switch (panel.shape) {
    case 'table':
    case 'list':
      return <ResultTable table={panelTable(results, reduce, format, overrides, panel.rows)} ownSort />;
    case 'stat':
      return (
        <Stats
          values={panelValues(results, queries, window, reduce, overrides)}
          format={format}
          thresholds={thresholds}
        />
      );
    case 'gauge':
      return (
        <Gauges
          values={panelValues(results, queries, window, reduce, overrides)}
          format={format}
          thresholds={thresholds}
          max={max}
        />
      );
    case 'heat':
      if (first.kind === 'series' && first.heat !== undefined) {
        return <HeatChart cells={first.heat} format={format} name={title} minHeight={MIN_CHART} />;
      }
      return <LinesOf panel={panel} title={title} data={{ results, window }} before={before} shape="lines" />;
    default:
      return <LinesOf panel={panel} title={title} data={{ results, window }} before={before} shape={panel.shape} />;
  }
}

function LinesOf({
  panel,
  title,
  data: { results, window },
  before,
  shape,
}: {
  readonly panel: QueryPanel;
  readonly title: string;
  readonly data: NonNullable<PanelRun['data']>;
  readonly before: PanelRun['data'];
  readonly shape: LineShape;
}): ReactNode {
  const [focused, setFocused] = useState<number | undefined>(undefined);
  const { startMillis, endMillis } = usePageWindow();
  const format = useMemo(() => formatOfUnit(panel.unit), [panel.unit]);
  const found = useMemo(() => panelSeries(results, panel.queries, window, panel.overrides), [results, panel, window]);
  const earlier = useMemo(
    () =>
      earlierLines(
        before === undefined ? [] : linesOf(panelSeries(before.results, panel.queries, before.window, panel.overrides)),
      ),
    [before, panel],
  );
  const exemplars = useMemo(
    () => shownExemplars(linesOf(found), startMillis, endMillis),
    [found, startMillis, endMillis],
  );
  const lines = useMemo(() => [...linesOf(found), ...earlier], [found, earlier]);
  if (found === undefined)
    return <ResultTable table={panelTable(results, panel.reduce, format, panel.overrides)} ownSort />;
  return (
    <>
      <SeriesChart
        lines={lines}
        times={found.times}
        format={format}
        focused={focused}
        exemplars={exemplars}
        name={title === '' ? t('Result') : title}
        shape={shape}
        limits={panel.limits ? panel.thresholds : []}
        minHeight={MIN_CHART}
      />
      <PanelLegend lines={found.lines} times={found.times} format={format} onFocus={setFocused} />
      {found.total > found.lines.length && (
        <p className="groupname">
          {t('The {shown} largest of {series}', {
            shown: found.lines.length,
            series: plural(found.total, 'series', 'series'),
          })}
        </p>
      )}
    </>
  );
}

function linesOf(found: PanelSeries | undefined): readonly SeriesLine[] {
  return found?.lines ?? [];
}

function isEmpty(result: QueryResultData): boolean {
  switch (result.kind) {
    case 'series':
      return result.response.series.length === 0;
    case 'rows':
      return result.rows.length === 0;
    case 'logs':
      return result.entries.length === 0;
    case 'traces':
      return result.traces.length === 0;
  }
}
